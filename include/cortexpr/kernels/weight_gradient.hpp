#pragma once

#include <cortexpr/config.hpp>
#include <cortexpr/core/tensor.hpp>
#include <cortexpr/kernels/constant.hpp>
#include <cortexpr/kernels/gradient_sink.hpp>
#include <cortexpr/kernels/tile.hpp>
#include <cortexpr/simd/backend.hpp>
#include <cstddef>
#include <type_traits>

namespace cortexpr::kernels {

namespace detail {

template <class Pack, Tile tile, class X, class Y, class Sink>
CORTEXPR_INLINE constexpr void add_samples(X x, Y dy, const Sink& sink, std::size_t row, std::size_t column) {
  Pack sums[tile.rows][tile.packs];
  CORTEXPR_UNROLL for (std::size_t r = 0; r < tile.rows; ++r)
      CORTEXPR_UNROLL for (std::size_t p = 0; p < tile.packs; ++p) sums[r][p] =
          sink.template begin<Pack>((row + r) * Y::stride + column + p * Pack::lanes);

  CORTEXPR_NO_UNROLL for (std::size_t sample = 0; sample < x.count; ++sample) {
    const auto* values = x[sample] + row;
    const auto* gradients = dy[sample] + column;
    // One cache line a sample: the next tiles' column of x (91 instead of 89 % of peak), and what the update of this
    // tile will read (95 %).
    if (!std::is_constant_evaluated()) {
      constexpr std::size_t line = 64 / sizeof(*values);
      simd::prefetch(values + line);
      sink.prefetch(row * Y::stride + column + sample * line);
    }
    Pack g[tile.packs];
    // In registers: GCC would read them again for every row, and where a wide load takes a cycle be 20 % slower.
    CORTEXPR_UNROLL for (std::size_t p = 0; p < tile.packs; ++p) g[p] = opaque(Pack::load(gradients + p * Pack::lanes));
    CORTEXPR_UNROLL for (std::size_t r = 0; r < tile.rows; ++r) {
      const Pack value = Pack::broadcast(values[r]);
      CORTEXPR_UNROLL for (std::size_t p = 0; p < tile.packs; ++p) sums[r][p] = fma(value, g[p], sums[r][p]);
    }
  }

  CORTEXPR_UNROLL for (std::size_t r = 0; r < tile.rows; ++r)
      CORTEXPR_UNROLL for (std::size_t p = 0; p < tile.packs; ++p)
          sink.template end<Pack>((row + r) * Y::stride + column + p * Pack::lanes, sums[r][p]);
}

/// `Count` rows from `row` on, in tiles of `tile.rows`, what is left in lower ones.
template <class Pack, Tile tile, std::size_t Count, class X, class Y, class Sink>
CORTEXPR_INLINE constexpr void gradient_rows(X x, Y dy, const Sink& sink, std::size_t row, std::size_t column) {
  constexpr std::size_t left = Count % tile.rows;
  const std::size_t end = row + (Count - left);
  for (; row < end; row += tile.rows) add_samples<Pack, tile>(x, dy, sink, row, column);
  if constexpr (left > 0) gradient_rows<Pack, lower(tile), left>(x, dy, sink, row, column);
}

/// The gradients of the last `Columns` columns, which fill little of a pack, with the rows of W as lanes: Packs packs
/// of rows at a time, from `row` on, then turned over. Only for sinks that begin at zero.
template <class Pack, std::size_t Packs, std::size_t Columns, class X, class Y, class Sink>
CORTEXPR_INLINE void add_samples_transposed(X x, Y dy, const Sink& sink, std::size_t row, std::size_t column) {
  Pack sums[Packs][Pack::lanes];
  CORTEXPR_UNROLL for (std::size_t p = 0; p < Packs; ++p) CORTEXPR_UNROLL for (std::size_t c = 0; c < Pack::lanes; ++c)
      sums[p][c] = Pack::zero();

  CORTEXPR_NO_UNROLL for (std::size_t sample = 0; sample < x.count; ++sample) {
    const auto* gradients = dy[sample] + column;
    Pack values[Packs];
    CORTEXPR_UNROLL for (std::size_t p = 0; p < Packs; ++p) values[p] =
        Pack::load_unaligned(x[sample] + row + p * Pack::lanes);
    CORTEXPR_UNROLL for (std::size_t c = 0; c < Columns; ++c) {
      const Pack g = Pack::broadcast(gradients[c]);
      CORTEXPR_UNROLL for (std::size_t p = 0; p < Packs; ++p) sums[p][c] = fma(values[p], g, sums[p][c]);
    }
  }

  CORTEXPR_UNROLL for (std::size_t p = 0; p < Packs; ++p) {
    transpose(sums[p]);
    CORTEXPR_UNROLL for (std::size_t r = 0; r < Pack::lanes; ++r)
        sink.template end<Pack>((row + p * Pack::lanes + r) * Y::stride + column, sums[p][r]);
  }
}

/// All rows of the last columns: two packs of rows at a time, then one, then what does not fill a pack in the usual
/// way.
template <class Simd, class Pack, class X, class Y, class Sink>
void gradient_rows_transposed(X x, Y dy, const Sink& sink) {
  constexpr std::size_t columns = Y::columns % Pack::lanes;
  constexpr std::size_t column = Y::columns - columns;
  constexpr std::size_t pairs = X::columns / (2 * Pack::lanes) * 2 * Pack::lanes;
  constexpr std::size_t whole = X::columns / Pack::lanes * Pack::lanes;
  CORTEXPR_NO_UNROLL for (std::size_t row = 0; row < pairs; row += 2 * Pack::lanes)
      add_samples_transposed<Pack, 2, columns>(x, dy, sink, row, column);
  if constexpr (pairs < whole) add_samples_transposed<Pack, 1, columns>(x, dy, sink, pairs, column);
  if constexpr (whole < X::columns) gradient_rows<Pack, Tile{4, 1}, X::columns - whole>(x, dy, sink, whole, column);
}

/// Whether the last columns go transposed: they must fill so little of their pack that the saving pays for turning the
/// sums over. 784-89: the step 1.7 % shorter; 784-178: its gradient 7 %.
template <class Pack, class X, class Y, class Sink>
constexpr bool transposes_last_columns() {
  constexpr std::size_t left = Y::columns % Pack::lanes;
  return Sink::begins_at_zero && Pack::lanes >= 8 && left > 0 && 8 * left <= 5 * Pack::lanes &&
         Y::columns > Pack::lanes && X::columns >= 2 * Pack::lanes;
}

}  // namespace detail

/// The gradient of x W with respect to W, handed to `sink` pack by pack; element k * stride + j is W[k][j].
/// Shapes:  x [B, In], dy [B, Out] -> [In, Out]
/// Cost:    B*In*Out multiply-adds; no scratch
template <class Simd, class X, class Y, class Sink>
constexpr void weight_gradient(X x, Y dy, const Sink& target) {
  const Sink sink = target;  // what it holds stays in registers: nothing else can refer to it
  if constexpr (detail::is_flat<Simd>) return detail::weight_gradient_flat(x, dy, sink);
  using Pack = typename Simd::template pack<typename X::value_type, Y::columns>;
  constexpr bool transposes = detail::transposes_last_columns<Pack, X, Y, Sink>();
  constexpr std::size_t packs = simd::padded(Y::columns, Pack::lanes) / Pack::lanes - (transposes ? 1 : 0);
  constexpr Tile tile = gradient_tile(Simd::registers, packs);
  constexpr std::size_t whole = packs / tile.packs * tile.packs;
  for (std::size_t p = 0; p < whole; p += tile.packs)
    detail::gradient_rows<Pack, tile, X::columns>(x, dy, sink, 0, p * Pack::lanes);
  if constexpr (whole < packs)
    detail::gradient_rows<Pack, gradient_tile(Simd::registers, packs - whole), X::columns>(x, dy, sink, 0,
                                                                                           whole * Pack::lanes);
  if constexpr (transposes) detail::gradient_rows_transposed<Simd, Pack>(x, dy, sink);
}

/// The gradient of a bias: the samples' output gradients, added in order.   Shapes: dy [B, Out] -> [Out]
template <class Simd, class Y, class Sink>
constexpr void bias_gradient(Y dy, const Sink& target) {
  const Sink sink = target;
  using Pack = typename Simd::template pack<typename Y::value_type, Y::columns>;
  for (std::size_t column = 0; column < Y::columns; column += Pack::lanes) {
    Pack sum = sink.template begin<Pack>(column);
    for (std::size_t sample = 0; sample < dy.count; ++sample) sum = sum + Pack::load(dy[sample] + column);
    sink.template end<Pack>(column, sum);
  }
}

}  // namespace cortexpr::kernels

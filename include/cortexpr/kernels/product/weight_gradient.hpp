#pragma once

#include <cortexpr/config.hpp>
#include <cortexpr/core/rows.hpp>
#include <cortexpr/kernels/order/tile.hpp>
#include <cortexpr/kernels/product/gradient_consumer.hpp>
#include <cortexpr/kernels/product/scalar_loops.hpp>
#include <cortexpr/simd/backend.hpp>
#include <cstddef>
#include <type_traits>

namespace cortexpr::kernels {

namespace detail {

/// A tile of the gradient: the sum over all samples.
template <class Pack, Tile tile, class X, class Y, class Consumer>
CORTEXPR_INLINE constexpr void add_samples(X x, Y dy, const Consumer& consumer, std::size_t row, std::size_t column) {
  Pack sums[tile.rows][tile.packs];
  CORTEXPR_UNROLL_FOR (std::size_t r = 0; r < tile.rows; ++r)
    CORTEXPR_UNROLL_FOR (std::size_t p = 0; p < tile.packs; ++p)
      sums[r][p] = consumer.template begin<Pack>((row + r) * Y::stride + column + p * Pack::lanes);

  CORTEXPR_NO_UNROLL_FOR (std::size_t sample = 0; sample < x.count; ++sample) {
    const auto* values = x[sample] + row;
    const auto* gradients = dy[sample] + column;
    // Prefetches one cache line per sample: x for the next tile (91 % of the peak instead of 89 %), and the parameters
    // that the update of this tile will read (95 %).
    if (!__builtin_is_constant_evaluated()) {
      constexpr std::size_t line = 64 / sizeof(*values);
      simd::prefetch(values + line);
      consumer.prefetch(row * Y::stride + column + sample * line);
    }
    Pack g[tile.packs];
    // `opaque` keeps them in registers: GCC would load them again for every row, which is 20 % slower on processors
    // with one wide load per cycle.
    CORTEXPR_UNROLL_FOR (std::size_t p = 0; p < tile.packs; ++p) g[p] = opaque(Pack::load(gradients + p * Pack::lanes));
    CORTEXPR_UNROLL_FOR (std::size_t r = 0; r < tile.rows; ++r) {
      const Pack value = Pack::broadcast(values[r]);
      CORTEXPR_UNROLL_FOR (std::size_t p = 0; p < tile.packs; ++p) sums[r][p] = fma(value, g[p], sums[r][p]);
    }
  }

  CORTEXPR_UNROLL_FOR (std::size_t r = 0; r < tile.rows; ++r)
    CORTEXPR_UNROLL_FOR (std::size_t p = 0; p < tile.packs; ++p)
      consumer.template end<Pack>((row + r) * Y::stride + column + p * Pack::lanes, sums[r][p]);
}

/// `Count` rows from `row` on, in tiles of `tile.rows`, then in tiles of fewer rows.
template <class Pack, Tile tile, std::size_t Count, class X, class Y, class Consumer>
CORTEXPR_INLINE constexpr void gradient_rows(X x, Y dy, const Consumer& consumer, std::size_t row, std::size_t column) {
  constexpr std::size_t left = Count % tile.rows;
  const std::size_t end = row + (Count - left);
  for (; row < end; row += tile.rows) add_samples<Pack, tile>(x, dy, consumer, row, column);
  if constexpr (left > 0) gradient_rows<Pack, lower(tile), left>(x, dy, consumer, row, column);
}

/// A tile of the last `Columns` columns, which fill only a small part of a pack, with the rows of W as lanes: `Packs`
/// packs of rows, from `row` on. The sums are transposed at the end. Only for consumers that begin at zero.
template <class Pack, std::size_t Packs, std::size_t Columns, class X, class Y, class Consumer>
CORTEXPR_INLINE void add_samples_transposed(X x, Y dy, const Consumer& consumer, std::size_t row, std::size_t column) {
  Pack sums[Packs][Pack::lanes];
  CORTEXPR_UNROLL_FOR (std::size_t p = 0; p < Packs; ++p)
    CORTEXPR_UNROLL_FOR (std::size_t c = 0; c < Pack::lanes; ++c) sums[p][c] = Pack::zero();

  CORTEXPR_NO_UNROLL_FOR (std::size_t sample = 0; sample < x.count; ++sample) {
    const auto* gradients = dy[sample] + column;
    Pack values[Packs];
    CORTEXPR_UNROLL_FOR (std::size_t p = 0; p < Packs; ++p)
      values[p] = Pack::load_unaligned(x[sample] + row + p * Pack::lanes);
    CORTEXPR_UNROLL_FOR (std::size_t c = 0; c < Columns; ++c) {
      const Pack g = Pack::broadcast(gradients[c]);
      CORTEXPR_UNROLL_FOR (std::size_t p = 0; p < Packs; ++p) sums[p][c] = fma(values[p], g, sums[p][c]);
    }
  }

  CORTEXPR_UNROLL_FOR (std::size_t p = 0; p < Packs; ++p) {
    transpose(sums[p]);
    CORTEXPR_UNROLL_FOR (std::size_t r = 0; r < Pack::lanes; ++r)
      consumer.template end<Pack>((row + p * Pack::lanes + r) * Y::stride + column, sums[p][r]);
  }
}

/// All rows of the last columns: two packs of rows at a time, then one pack, then the remaining rows with columns as
/// lanes.
template <class Simd, class Pack, class X, class Y, class Consumer>
void gradient_rows_transposed(X x, Y dy, const Consumer& consumer) {
  constexpr std::size_t columns = Y::columns % Pack::lanes;
  constexpr std::size_t column = Y::columns - columns;
  constexpr std::size_t pairs = X::columns / (2 * Pack::lanes) * 2 * Pack::lanes;
  constexpr std::size_t whole = X::columns / Pack::lanes * Pack::lanes;
  CORTEXPR_NO_UNROLL_FOR (std::size_t row = 0; row < pairs; row += 2 * Pack::lanes)
    add_samples_transposed<Pack, 2, columns>(x, dy, consumer, row, column);
  if constexpr (pairs < whole) add_samples_transposed<Pack, 1, columns>(x, dy, consumer, pairs, column);
  if constexpr (whole < X::columns) gradient_rows<Pack, Tile{4, 1}, X::columns - whole>(x, dy, consumer, whole, column);
}

/// Whether the last columns are computed with rows as lanes: if they fill so small a part of their pack that this saves
/// more than the transposition costs. It makes a training step of 784-89 1.7 % faster, the gradient of 784-178 7 %.
template <class Pack, class X, class Y, class Consumer>
constexpr bool transposes_last_columns() {
  constexpr std::size_t left = Y::columns % Pack::lanes;
  return Consumer::begins_at_zero && Pack::lanes >= 8 && left > 0 && 8 * left <= 5 * Pack::lanes &&
         Y::columns > Pack::lanes && X::columns >= 2 * Pack::lanes;
}

}  // namespace detail

/// The gradient of x W with respect to W: dW[k][j] = sum over the samples of x[sample][k] dy[sample][j]. The consumer
/// receives it pack by pack, as the element k * stride + j.
/// Order:   one chain of multiply-adds over the samples, in order
/// Shapes:  x [B, In], dy [B, Out] -> [In, Out]
/// Blocks:  panels of columns, in each tiles of rows (gradient_tile in tile.hpp); a tile goes through all samples, so
///          that the update can follow while it is in registers
/// Cost:    B*In*Out multiply-adds; no scratch
/// It is not inlined: beside the other values of a caller, GCC 12 keeps a sum of the tile in memory, and a training step
/// of LeNet-5 takes 4 % longer (AVX2; measured by benchmarks/against).
template <class Simd, class X, class Y, class Consumer>
CORTEXPR_SHARED constexpr void weight_gradient(X x, Y dy, const Consumer& gradient_consumer) {
  const Consumer consumer = gradient_consumer;  // a local copy, whose members can stay in registers
  if constexpr (uses_scalar_loops<Simd>) return detail::weight_gradient_scalar(x, dy, consumer);
  using Pack = typename Simd::template pack<typename X::value_type, Y::columns>;
  constexpr bool transposes = detail::transposes_last_columns<Pack, X, Y, Consumer>();
  constexpr std::size_t packs = simd::padded(Y::columns, Pack::lanes) / Pack::lanes - (transposes ? 1 : 0);
  constexpr Tile tile = gradient_tile(Simd::registers, packs);
  constexpr std::size_t whole = packs / tile.packs * tile.packs;
  for (std::size_t p = 0; p < whole; p += tile.packs)
    detail::gradient_rows<Pack, tile, X::columns>(x, dy, consumer, 0, p * Pack::lanes);
  if constexpr (whole < packs)
    detail::gradient_rows<Pack, gradient_tile(Simd::registers, packs - whole), X::columns>(x, dy, consumer, 0,
                                                                                           whole * Pack::lanes);
  if constexpr (transposes) detail::gradient_rows_transposed<Simd, Pack>(x, dy, consumer);
}

/// The gradient of a bias: the sum of the rows of dy, in order.   Shapes: dy [B, Out] -> [Out]
template <class Simd, class Y, class Consumer>
constexpr void bias_gradient(Y dy, const Consumer& gradient_consumer) {
  const Consumer consumer = gradient_consumer;
  using Pack = typename Simd::template pack<typename Y::value_type, Y::columns>;
  for (std::size_t column = 0; column < Y::columns; column += Pack::lanes) {
    Pack sum = consumer.template begin<Pack>(column);
    for (std::size_t sample = 0; sample < dy.count; ++sample) sum = sum + Pack::load(dy[sample] + column);
    consumer.template end<Pack>(column, sum);
  }
}

}  // namespace cortexpr::kernels

#pragma once

#include <cortexpr/config.hpp>
#include <cortexpr/core/tensor.hpp>
#include <cortexpr/kernels/tile.hpp>
#include <cortexpr/simd/backend.hpp>

#include <cstddef>
#include <type_traits>

// The gradient of a weight is one chain of multiply-adds over the samples, in their order; splitting a batch and going
// on with the chain (SumGradient) gives the same bits. Where the chain begins and what happens with the finished
// gradient is the sink's business:
//
//   template <class Pack> Pack begin(std::size_t element) const;             // what the chain begins with
//   template <class Pack> void end(std::size_t element, Pack gradient) const; // takes the result
//   void prefetch(std::size_t element) const;                                 // end will soon come here
//   Sink at(std::size_t element) const;                                       // the same sink, further on
//
// so an optimizer's rule runs on a tile while it is still in registers.

namespace cortexpr::kernels {

/// Writes the gradient to a block.
template <class T>
struct StoreGradient {
  T* gradient;

  template <class Pack>
  CORTEXPR_INLINE constexpr Pack begin(std::size_t) const {
    return Pack::zero();
  }
  template <class Pack>
  CORTEXPR_INLINE constexpr void end(std::size_t element, Pack result) const {
    result.store(gradient + element);
  }
  CORTEXPR_INLINE constexpr void prefetch(std::size_t) const {}
  constexpr StoreGradient at(std::size_t element) const { return {gradient + element}; }
};

/// Goes on with the gradient that is already in the block.
template <class T>
struct SumGradient {
  T* gradient;

  template <class Pack>
  CORTEXPR_INLINE constexpr Pack begin(std::size_t element) const {
    return Pack::load(gradient + element);
  }
  template <class Pack>
  CORTEXPR_INLINE constexpr void end(std::size_t element, Pack result) const {
    result.store(gradient + element);
  }
  CORTEXPR_INLINE constexpr void prefetch(std::size_t) const {}
  constexpr SumGradient at(std::size_t element) const { return {gradient + element}; }
};

namespace detail {

template <class Pack, Tile tile, class X, class Y, class Sink>
CORTEXPR_INLINE constexpr void add_samples(X x, Y dy, const Sink& sink, std::size_t row, std::size_t column) {
  Pack sums[tile.rows][tile.packs];
  CORTEXPR_UNROLL for (std::size_t r = 0; r < tile.rows; ++r)
    CORTEXPR_UNROLL for (std::size_t p = 0; p < tile.packs; ++p)
      sums[r][p] = sink.template begin<Pack>((row + r) * Y::stride + column + p * Pack::lanes);

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
    CORTEXPR_UNROLL for (std::size_t p = 0; p < tile.packs; ++p) g[p] = Pack::load(gradients + p * Pack::lanes);
    CORTEXPR_UNROLL for (std::size_t r = 0; r < tile.rows; ++r) {
      const Pack value = Pack::broadcast(values[r]);
      CORTEXPR_UNROLL for (std::size_t p = 0; p < tile.packs; ++p) sums[r][p] = fma(value, g[p], sums[r][p]);
    }
  }

  CORTEXPR_UNROLL for (std::size_t r = 0; r < tile.rows; ++r)
    CORTEXPR_UNROLL for (std::size_t p = 0; p < tile.packs; ++p)
      sink.template end<Pack>((row + r) * Y::stride + column + p * Pack::lanes, sums[r][p]);
}

/// `Count` rows from `row` on, in tiles of `tile.rows`, what is left in tiles half as high, and so on.
template <class Pack, Tile tile, std::size_t Count, class X, class Y, class Sink>
CORTEXPR_INLINE constexpr void gradient_rows(X x, Y dy, const Sink& sink, std::size_t row, std::size_t column) {
  constexpr std::size_t left = Count % tile.rows;
  const std::size_t end = row + (Count - left);
  for (; row < end; row += tile.rows) add_samples<Pack, tile>(x, dy, sink, row, column);
  if constexpr (left > 0) gradient_rows<Pack, half(tile), left>(x, dy, sink, row, column);
}

}  // namespace detail

/// The gradient of x W with respect to W, handed to `sink` pack by pack; element k * stride + j is W[k][j].
/// Shapes:  x [B, In], dy [B, Out] -> [In, Out]
/// Cost:    B*In*Out multiply-adds; no scratch
template <class Simd, class X, class Y, class Sink>
constexpr void weight_gradient(X x, Y dy, const Sink& sink) {
  using Pack = typename Simd::template pack<typename X::value_type, Y::columns>;
  constexpr std::size_t packs = simd::padded(Y::columns, Pack::lanes) / Pack::lanes;
  constexpr Tile tile = gradient_tile(Simd::registers, packs);
  constexpr std::size_t whole = packs / tile.packs * tile.packs;
  for (std::size_t p = 0; p < whole; p += tile.packs)
    detail::gradient_rows<Pack, tile, X::columns>(x, dy, sink, 0, p * Pack::lanes);
  if constexpr (whole < packs)
    detail::gradient_rows<Pack, gradient_tile(Simd::registers, packs - whole), X::columns>(x, dy, sink, 0,
                                                                                           whole * Pack::lanes);
}

/// The gradient of a bias: the samples' output gradients, added in order.   Shapes: dy [B, Out] -> [Out]
template <class Simd, class Y, class Sink>
constexpr void bias_gradient(Y dy, const Sink& sink) {
  using Pack = typename Simd::template pack<typename Y::value_type, Y::columns>;
  for (std::size_t column = 0; column < Y::columns; column += Pack::lanes) {
    Pack sum = sink.template begin<Pack>(column);
    for (std::size_t sample = 0; sample < dy.count; ++sample) sum = sum + Pack::load(dy[sample] + column);
    sink.template end<Pack>(column, sum);
  }
}

}  // namespace cortexpr::kernels

#pragma once

#include <cortexpr/config.hpp>
#include <cortexpr/core/tensor.hpp>
#include <cortexpr/kernels/accumulation.hpp>
#include <cortexpr/kernels/constant.hpp>
#include <cortexpr/kernels/tile.hpp>
#include <cortexpr/simd/backend.hpp>

#include <cstddef>

namespace cortexpr::kernels {

namespace detail {

/// A block of k, and what its sums are added to.
struct BlockOfK {
  std::size_t begin;
  std::size_t end;
  bool first;
};

/// Adds the products of a block of k to a tile of y, which begins as the bias.
template <class Pack, Tile tile, class X, class Weight, class Y>
CORTEXPR_INLINE constexpr void multiply_tile(X x, Weight weight, const typename Y::value_type* bias, Y y,
                                             BlockOfK block, std::size_t row, std::size_t column) {
  Pack sums[tile.rows][tile.packs];
  CORTEXPR_UNROLL for (std::size_t r = 0; r < tile.rows; ++r)
      CORTEXPR_UNROLL for (std::size_t p = 0; p < tile.packs; ++p) sums[r][p] = Pack::zero();

  const auto add = [&](std::size_t k) CORTEXPR_INLINE_LAMBDA {
    const auto* weights = weight[k] + column;
    Pack w[tile.packs];
    CORTEXPR_UNROLL for (std::size_t p = 0; p < tile.packs; ++p) w[p] = Pack::load(weights + p * Pack::lanes);
    CORTEXPR_UNROLL for (std::size_t r = 0; r < tile.rows; ++r) {
      const Pack value = Pack::broadcast(x[row + r][k]);
      CORTEXPR_UNROLL for (std::size_t p = 0; p < tile.packs; ++p) sums[r][p] = fma(value, w[p], sums[r][p]);
    }
  };
  // Two steps at a time: 99 instead of 98 % of peak.
  std::size_t k = block.begin;
  CORTEXPR_NO_UNROLL for (; k + 2 <= block.end; k += 2) {
    add(k);
    add(k + 1);
  }
  if (k < block.end) add(k);

  CORTEXPR_UNROLL for (std::size_t r = 0; r < tile.rows; ++r)
      CORTEXPR_UNROLL for (std::size_t p = 0; p < tile.packs; ++p) {
    auto* const to = y[row + r] + column + p * Pack::lanes;
    const Pack before = Pack::load(block.first ? bias + column + p * Pack::lanes : to);
    (before + sums[r][p]).store(to);
  }
}

/// All rows of y from `row` on, in tiles of `tile.rows`, what is left in lower ones.
template <class Pack, Tile tile, class X, class Weight, class Y>
CORTEXPR_INLINE constexpr void multiply_rows(X x, Weight weight, const typename Y::value_type* bias, Y y,
                                             BlockOfK block, std::size_t row, std::size_t column) {
  for (; row + tile.rows <= x.count; row += tile.rows)
    multiply_tile<Pack, tile>(x, weight, bias, y, block, row, column);
  if constexpr (tile.rows > 1)
    if (row < x.count) multiply_rows<Pack, lower(tile)>(x, weight, bias, y, block, row, column);
}

}  // namespace detail

/// y = bias + x W, in the order of accumulation.hpp: block by block, and in each panel by panel.
/// Shapes:  x [B, In], weight [In, Out], bias [Out] -> y [B, Out]; padding of weight and bias goes through to y
/// Cost:    B*In*Out multiply-adds; no scratch
template <class Simd, class X, class Weight, class Y>
[[gnu::noinline]] constexpr void multiply(X x, Weight weight, const typename Y::value_type* bias, Y y) {
  static_assert(Weight::stride == Y::stride, "multiply: weight and y must be padded alike");
  if constexpr (detail::is_flat<Simd>) return detail::multiply_flat(x, weight, bias, y);
  using Pack = typename Simd::template pack<typename Y::value_type, Y::columns>;
  constexpr std::size_t packs = simd::padded(Y::columns, Pack::lanes) / Pack::lanes;
  constexpr Tile tile = product_tile(Simd::registers, packs);
  constexpr std::size_t whole = packs / tile.packs * tile.packs;
  CORTEXPR_NO_UNROLL for (std::size_t b = 0; b < block_count<X::columns>; ++b) {
    const detail::BlockOfK block{block_begin<X::columns>(b), block_begin<X::columns>(b + 1), b == 0};
    CORTEXPR_NO_UNROLL for (std::size_t p = 0; p < whole; p += tile.packs)
        detail::multiply_rows<Pack, tile>(x, weight, bias, y, block, 0, p * Pack::lanes);
    if constexpr (whole < packs)
      detail::multiply_rows<Pack, product_tile(Simd::registers, packs - whole)>(x, weight, bias, y, block, 0,
                                                                                whole * Pack::lanes);
  }
}

}  // namespace cortexpr::kernels

#pragma once

#include <cortexpr/config.hpp>
#include <cortexpr/core/rows.hpp>
#include <cortexpr/kernels/order/accumulation.hpp>
#include <cortexpr/kernels/order/tile.hpp>
#include <cortexpr/kernels/product/scalar_loops.hpp>
#include <cortexpr/simd/backend.hpp>

#include <cstddef>

namespace cortexpr::kernels {

namespace detail {

/// A block of the range of k. The sums of the first block are added to the bias, those of the others to y.
struct BlockOfK {
  std::size_t begin;
  std::size_t end;
  bool first;
};

/// Adds the products of a block of k to a tile of y.
template <class Pack, Tile tile, class X, class Weight, class Y>
CORTEXPR_INLINE constexpr void multiply_tile(X x, Weight weight, const typename Y::value_type* bias, Y y,
                                             BlockOfK block, std::size_t row, std::size_t column) {
  Pack sums[tile.rows][tile.packs];
  CORTEXPR_UNROLL_FOR (std::size_t r = 0; r < tile.rows; ++r)
    CORTEXPR_UNROLL_FOR (std::size_t p = 0; p < tile.packs; ++p) sums[r][p] = Pack::zero();

  const auto add = [&](std::size_t k) CORTEXPR_INLINE_LAMBDA {
    const auto* weights = weight[k] + column;
    Pack w[tile.packs];
    CORTEXPR_UNROLL_FOR (std::size_t p = 0; p < tile.packs; ++p) w[p] = Pack::load(weights + p * Pack::lanes);
    CORTEXPR_UNROLL_FOR (std::size_t r = 0; r < tile.rows; ++r) {
      const Pack value = Pack::broadcast(x[row + r][k]);
      CORTEXPR_UNROLL_FOR (std::size_t p = 0; p < tile.packs; ++p) sums[r][p] = fma(value, w[p], sums[r][p]);
    }
  };
  // Unrolled twice: 99 % of the peak instead of 98 %.
  std::size_t k = block.begin;
  CORTEXPR_NO_UNROLL_FOR (; k + 2 <= block.end; k += 2) {
    add(k);
    add(k + 1);
  }
  if (k < block.end) add(k);

  CORTEXPR_UNROLL_FOR (std::size_t r = 0; r < tile.rows; ++r)
    CORTEXPR_UNROLL_FOR (std::size_t p = 0; p < tile.packs; ++p) {
      auto* const to = y[row + r] + column + p * Pack::lanes;
      const Pack before = Pack::load(block.first ? bias + column + p * Pack::lanes : to);
      (before + sums[r][p]).store(to);
    }
}

/// All rows of y from `row` on, in tiles of `tile.rows`, then in tiles of fewer rows.
template <class Pack, Tile tile, class X, class Weight, class Y>
CORTEXPR_INLINE constexpr void multiply_rows(X x, Weight weight, const typename Y::value_type* bias, Y y,
                                             BlockOfK block, std::size_t row, std::size_t column) {
  for (; row + tile.rows <= x.count; row += tile.rows)
    multiply_tile<Pack, tile>(x, weight, bias, y, block, row, column);
  if constexpr (tile.rows > 1)
    if (row < x.count) multiply_rows<Pack, lower(tile)>(x, weight, bias, y, block, row, column);
}

}  // namespace detail

/// y = bias + x W
/// Order:   that of accumulation.hpp
/// Shapes:  x [B, In], weight [In, Out], bias [Out] -> y [B, Out]; the padding of y is computed from that of weight and
///          bias
/// Blocks:  the blocks of k, in each the panels of columns, in each tiles of rows (product_tile in tile.hpp), so that a
///          panel of weights is used for all rows while it is in the cache
/// Cost:    B*In*Out multiply-adds; no scratch
template <class Simd, class X, class Weight, class Y>
[[gnu::noinline]] constexpr void multiply(X x, Weight weight, const typename Y::value_type* bias, Y y) {
  static_assert(Weight::stride == Y::stride, "multiply: weight and y must have the same stride");
  if constexpr (uses_scalar_loops<Simd>) return detail::multiply_scalar(x, weight, bias, y);
  using Pack = typename Simd::template pack<typename Y::value_type, Y::columns>;
  constexpr std::size_t packs = simd::padded(Y::columns, Pack::lanes) / Pack::lanes;
  constexpr Tile tile = product_tile(Simd::registers, packs);
  constexpr std::size_t whole = packs / tile.packs * tile.packs;
  CORTEXPR_NO_UNROLL_FOR (std::size_t b = 0; b < block_count<X::columns>; ++b) {
    const detail::BlockOfK block{block_begin<X::columns>(b), block_begin<X::columns>(b + 1), b == 0};
    CORTEXPR_NO_UNROLL_FOR (std::size_t p = 0; p < whole; p += tile.packs)
      detail::multiply_rows<Pack, tile>(x, weight, bias, y, block, 0, p * Pack::lanes);
    if constexpr (whole < packs)
      detail::multiply_rows<Pack, product_tile(Simd::registers, packs - whole)>(x, weight, bias, y, block, 0,
                                                                                whole * Pack::lanes);
  }
}

}  // namespace cortexpr::kernels

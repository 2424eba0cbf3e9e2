#pragma once

#include <cortexpr/config.hpp>
#include <cortexpr/core/tensor.hpp>
#include <cortexpr/kernels/accumulation.hpp>
#include <cortexpr/kernels/gemv.hpp>
#include <cortexpr/kernels/tile.hpp>
#include <cortexpr/simd/backend.hpp>

#include <cstddef>
#include <utility>

namespace cortexpr::kernels {

namespace detail {

/// Adds the products of one block of k to a tile of y, which begins as the bias.
template <class Pack, Tile tile, std::size_t Block, class X, class Weight, class Y>
CORTEXPR_INLINE constexpr void multiply_tile(X x, Weight weight, const typename Y::value_type* bias, Y y,
                                             std::size_t row, std::size_t column) {
  Pack sums[tile.rows][tile.packs];
  CORTEXPR_UNROLL for (std::size_t r = 0; r < tile.rows; ++r)
    CORTEXPR_UNROLL for (std::size_t p = 0; p < tile.packs; ++p) sums[r][p] = Pack::zero();

  const auto* values = x[row];
  const auto* weights = weight.data + column;
  const auto add = [&](std::size_t k) CORTEXPR_INLINE_LAMBDA {
    Pack w[tile.packs];
    CORTEXPR_UNROLL for (std::size_t p = 0; p < tile.packs; ++p)
      w[p] = Pack::load(weights + k * Weight::stride + p * Pack::lanes);
    CORTEXPR_UNROLL for (std::size_t r = 0; r < tile.rows; ++r) {
      const Pack value = Pack::broadcast(values[r * X::stride + k]);
      CORTEXPR_UNROLL for (std::size_t p = 0; p < tile.packs; ++p) sums[r][p] = fma(value, w[p], sums[r][p]);
    }
  };
  constexpr std::size_t begin = block_begin<X::columns>(Block);
  constexpr std::size_t end = block_begin<X::columns>(Block + 1);
  std::size_t k = begin;
  CORTEXPR_NO_UNROLL for (; k + 2 <= end; k += 2) {
    add(k);
    add(k + 1);
  }
  if constexpr ((end - begin) % 2 == 1) add(k);

  CORTEXPR_UNROLL for (std::size_t r = 0; r < tile.rows; ++r)
    CORTEXPR_UNROLL for (std::size_t p = 0; p < tile.packs; ++p) {
      auto* const to = y[row + r] + column + p * Pack::lanes;
      const Pack before = Pack::load(Block == 0 ? bias + column + p * Pack::lanes : to);
      (before + sums[r][p]).store(to);
    }
}

/// All rows of y from `row` on, in tiles of `tile.rows`, what is left in tiles half as high, and so on.
template <class Pack, Tile tile, std::size_t Block, class X, class Weight, class Y>
CORTEXPR_INLINE constexpr void multiply_rows(X x, Weight weight, const typename Y::value_type* bias, Y y,
                                             std::size_t row, std::size_t column) {
  for (; row + tile.rows <= x.count; row += tile.rows)
    multiply_tile<Pack, tile, Block>(x, weight, bias, y, row, column);
  if constexpr (tile.rows > 1)
    if (row < x.count) multiply_rows<Pack, half(tile), Block>(x, weight, bias, y, row, column);
}

/// Panels of columns: as many as fit of tile.packs packs, then one of what is left.
template <class Simd, std::size_t Block, class X, class Weight, class Y>
CORTEXPR_INLINE constexpr void multiply_block(X x, Weight weight, const typename Y::value_type* bias, Y y) {
  using Pack = typename Simd::template pack<typename Y::value_type, Y::columns>;
  constexpr std::size_t packs = simd::padded(Y::columns, Pack::lanes) / Pack::lanes;
  constexpr Tile tile = product_tile(Simd::registers, packs);
  constexpr std::size_t whole = packs / tile.packs * tile.packs;
  for (std::size_t p = 0; p < whole; p += tile.packs)
    multiply_rows<Pack, tile, Block>(x, weight, bias, y, 0, p * Pack::lanes);
  if constexpr (whole < packs)
    multiply_rows<Pack, product_tile(Simd::registers, packs - whole), Block>(x, weight, bias, y, 0,
                                                                             whole * Pack::lanes);
}

}  // namespace detail

/// y = bias + x W, in the order of accumulation.hpp.
/// Shapes:  x [B, In], weight [In, Out], bias [Out] -> y [B, Out]; padding of weight and bias goes through to y
/// Cost:    B*In*Out multiply-adds; no scratch
template <class Simd, class X, class Weight, class Y>
constexpr void multiply(X x, Weight weight, const typename Y::value_type* bias, Y y) {
  static_assert(Weight::stride == Y::stride, "multiply: weight and y must be padded alike");
  if (x.count == 1) return multiply_one<Simd, X::columns>(x[0], weight, bias, y[0]);
  [&]<std::size_t... Block>(std::index_sequence<Block...>) {
    (detail::multiply_block<Simd, Block>(x, weight, bias, y), ...);
  }(std::make_index_sequence<block_count<X::columns>>{});
}

}  // namespace cortexpr::kernels

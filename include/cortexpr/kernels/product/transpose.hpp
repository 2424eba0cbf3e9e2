#pragma once

#include <cortexpr/config.hpp>
#include <cortexpr/kernels/elementwise/map.hpp>
#include <cortexpr/simd/backend.hpp>

#include <cstddef>

namespace cortexpr::kernels {

namespace detail {

/// transpose with blocks of one pack width, which both `rows` and `columns` are at least. Not inline and with sizes at
/// run time, because all matrices share it; it waits for memory.
template <class Pack, class T>
CORTEXPR_SHARED constexpr void transpose_blocks(const T* from, std::size_t rows, std::size_t columns,
                                                std::size_t from_stride, T* to, std::size_t to_stride) {
  constexpr std::size_t lanes = Pack::lanes;
  for (std::size_t row = 0; row < rows; row += lanes)
    for (std::size_t column = 0; column < columns; column += lanes) {
      const std::size_t r = row + lanes > rows ? rows - lanes : row;
      const std::size_t c = column + lanes > columns ? columns - lanes : column;
      Pack block[lanes];
      CORTEXPR_UNROLL_FOR (std::size_t i = 0; i < lanes; ++i)
        block[i] = Pack::load_unaligned(from + (r + i) * from_stride + c);
      transpose(block);
      CORTEXPR_UNROLL_FOR (std::size_t i = 0; i < lanes; ++i) block[i].store_unaligned(to + (c + i) * to_stride + r);
    }
}

}  // namespace detail

/// to = transpose(from), in square blocks of one pack width. The last blocks overlap the ones before them.
/// Shapes:  from [Rows, from_stride], the first Columns of each row -> to [Columns, to_stride], the first Rows of each
///          row
template <class Simd, std::size_t Rows, std::size_t Columns, class T>
constexpr void transpose(const T* from, std::size_t from_stride, T* to, std::size_t to_stride) {
  constexpr std::size_t shorter = Rows < Columns ? Rows : Columns;
  using Pack = typename Simd::template pack<T, shorter / 2 + 1>;  // the widest pack that both fill
  if constexpr (Pack::lanes == 1 || Pack::lanes > shorter) {
    for (std::size_t r = 0; r < Rows; ++r)
      for (std::size_t c = 0; c < Columns; ++c) to[c * to_stride + r] = from[r * from_stride + c];
  } else {
    detail::transpose_blocks<Pack>(from, Rows, Columns, from_stride, to, to_stride);
  }
}

/// to = transpose(from); the padding of `to` becomes zero.   Shapes: from [Rows, Columns] -> to [Columns, Rows]
template <class Simd, class From, class To>
constexpr void transpose(From from, To to) {
  transpose<Simd, To::columns, From::columns>(from.data, From::stride, to.data, To::stride);
  for (std::size_t row = 0; row < to.count; ++row) clear_padding(to, row);
}

}  // namespace cortexpr::kernels

#pragma once

#include <cortexpr/config.hpp>
#include <cortexpr/kernels/elementwise.hpp>
#include <cortexpr/simd/backend.hpp>

#include <cstddef>

namespace cortexpr::kernels {

/// to = transpose(from), in square blocks of packs; the last ones reach back over what is done already.
/// Shapes:  from [Rows, from_distance], of which Columns count -> to [Columns, to_distance], of which Rows count
template <class Simd, std::size_t Rows, std::size_t Columns, class T>
constexpr void transpose(const T* from, std::size_t from_distance, T* to, std::size_t to_distance) {
  constexpr std::size_t shorter = Rows < Columns ? Rows : Columns;
  using Pack = typename Simd::template pack<T, shorter / 2 + 1>;  // the widest that both fill
  constexpr std::size_t lanes = Pack::lanes;
  if constexpr (lanes == 1 || lanes > shorter) {
    for (std::size_t r = 0; r < Rows; ++r)
      for (std::size_t c = 0; c < Columns; ++c) to[c * to_distance + r] = from[r * from_distance + c];
  } else {
    for (std::size_t row = 0; row < Rows; row += lanes)
      for (std::size_t column = 0; column < Columns; column += lanes) {
        const std::size_t r = row + lanes > Rows ? Rows - lanes : row;
        const std::size_t c = column + lanes > Columns ? Columns - lanes : column;
        Pack block[lanes];
        CORTEXPR_UNROLL for (std::size_t i = 0; i < lanes; ++i) block[i] =
            Pack::load_unaligned(from + (r + i) * from_distance + c);
        transpose(block);
        CORTEXPR_UNROLL for (std::size_t i = 0; i < lanes; ++i) block[i].store_unaligned(to + (c + i) * to_distance +
                                                                                         r);
      }
  }
}

/// The same from rows to rows; to's padding becomes zero.   Shapes: from [R, C] -> to [C, R]
template <class Simd, class From, class To>
constexpr void transpose(From from, To to) {
  transpose<Simd, To::columns, From::columns>(from.data, From::stride, to.data, To::stride);
  for (std::size_t row = 0; row < to.count; ++row) clear_padding(to, row);
}

}  // namespace cortexpr::kernels

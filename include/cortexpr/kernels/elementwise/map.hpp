#pragma once

#include <cortexpr/config.hpp>
#include <cortexpr/core/rows.hpp>
#include <cortexpr/simd/backend.hpp>

#include <cstddef>
#include <cstdint>
#include <type_traits>

namespace cortexpr::kernels {

/// Whether the number of elements may be other than a multiple of the lanes. Padded rows and blocks leave no rest.
enum class Rest { none, some };

/// The number of elements of a padded row that elementwise kernels compute: with packs of several lanes they include
/// the padding, which saves the code for the rest.
template <class Pack, class RowsType>
inline constexpr std::size_t worked_columns = Pack::lanes == 1 ? RowsType::columns : RowsType::stride;

/// Calls action.template operator()<Pack>(i) for each whole pack of `count` elements, and for each element of the rest
/// with a pack of one lane. Both compute the same bits.
template <class Pack, Rest rest, class Action>
CORTEXPR_INLINE constexpr void for_each_pack(std::size_t count, Action action) {
  const std::size_t whole = count - count % Pack::lanes;
  for (std::size_t i = 0; i < whole; i += Pack::lanes) action.template operator()<Pack>(i);
  if constexpr (Pack::lanes > 1 && rest == Rest::some) {
    using One = simd::Pack<typename Pack::value_type, 1>;
    for (std::size_t i = whole; i < count; ++i) action.template operator()<One>(i);
  }
}

/// y[i] = function(x[i]) for `count` elements. x and y may be the same array.
template <class Pack, Rest rest, class T, class Function>
CORTEXPR_INLINE constexpr void map(const T* x, T* y, std::size_t count, Function function) {
  for_each_pack<Pack, rest>(count,
                            [&]<class P>(std::size_t i) { function(P::load_unaligned(x + i)).store_unaligned(y + i); });
}

/// z[i] = function(x[i], y[i]) for `count` elements. Any of the three may be the same array.
template <class Pack, Rest rest, class T, class Function>
CORTEXPR_INLINE constexpr void zip(const T* x, const T* y, T* z, std::size_t count, Function function) {
  for_each_pack<Pack, rest>(count, [&]<class P>(std::size_t i) {
    function(P::load_unaligned(x + i), P::load_unaligned(y + i)).store_unaligned(z + i);
  });
}

/// to[i] = value for `count` elements
template <class T>
CORTEXPR_INLINE constexpr void fill(T* to, std::size_t count, T value) {
  for (std::size_t i = 0; i < count; ++i) to[i] = value;
}

/// Sets the padding of a row to 0.
template <class RowsType>
CORTEXPR_INLINE constexpr void clear_padding(RowsType rows, std::size_t row) {
  fill(rows[row] + RowsType::columns, RowsType::stride - RowsType::columns, typename RowsType::value_type(0));
}

/// to = from.   Shapes: from [B, N] -> to [B, N]; the strides may differ, and the padding of `to` becomes zero
template <class From, class To>
constexpr void copy(From from, To to) {
  for (std::size_t row = 0; row < to.count; ++row) {
    for (std::size_t column = 0; column < To::columns; ++column) to[row][column] = from[row][column];
    clear_padding(to, row);
  }
}

/// Converts `count` bytes to floating point. Except on Helium, compilers vectorize the loop by themselves.
template <class Pack, class T>
constexpr void convert_bytes(const std::uint8_t* bytes, T* numbers, std::size_t count) {
  std::size_t i = 0;
  if constexpr (requires { Pack::load_bytes(bytes); })
    if (!__builtin_is_constant_evaluated())
      for (; i + Pack::lanes <= count; i += Pack::lanes) Pack::load_bytes(bytes + i).store_unaligned(numbers + i);
  for (; i < count; ++i) numbers[i] = static_cast<T>(bytes[i]);
}

}  // namespace cortexpr::kernels

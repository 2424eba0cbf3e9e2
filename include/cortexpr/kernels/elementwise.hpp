#pragma once

#include <cortexpr/config.hpp>
#include <cortexpr/core/tensor.hpp>
#include <cortexpr/simd/backend.hpp>

#include <cstddef>
#include <type_traits>

namespace cortexpr::kernels {

/// Calls action.template operator()<Pack>(i) for each pack of `count` elements, and for each element of what is left
/// over by whole packs. All packs give the same bits, so where the packs end does not matter.
template <class Pack, class Action>
CORTEXPR_INLINE constexpr void for_each_pack(std::size_t count, Action action) {
  std::size_t i = 0;
  for (; i + Pack::lanes <= count; i += Pack::lanes) action.template operator()<Pack>(i);
  if constexpr (Pack::lanes > 1) {
    using One = simd::Pack<typename Pack::value_type, 1>;
    for (; i < count; ++i) action.template operator()<One>(i);
  }
}

/// y = function(x) for each of `count` elements; x and y may be the same.
template <class Pack, class T, class Function>
CORTEXPR_INLINE constexpr void map(const T* x, T* y, std::size_t count, Function function) {
  for_each_pack<Pack>(count, [&]<class P>(std::size_t i) { function(P::load_unaligned(x + i)).store_unaligned(y + i); });
}

/// z = function(x, y) for each of `count` elements; any of the three may be the same.
template <class Pack, class T, class Function>
CORTEXPR_INLINE constexpr void zip(const T* x, const T* y, T* z, std::size_t count, Function function) {
  for_each_pack<Pack>(count, [&]<class P>(std::size_t i) {
    function(P::load_unaligned(x + i), P::load_unaligned(y + i)).store_unaligned(z + i);
  });
}

/// to = from.   Shapes: from [B, N], to [B, N]; the two may be padded differently, to's padding becomes zero
template <class From, class To>
constexpr void copy(From from, To to) {
  for (std::size_t row = 0; row < to.count; ++row) {
    for (std::size_t column = 0; column < To::columns; ++column) to[row][column] = from[row][column];
    for (std::size_t column = To::columns; column < To::stride; ++column) to[row][column] = 0;
  }
}

/// to = transpose(from).   Shapes: from [R, C] -> to [C, R]; to's padding becomes zero
template <class From, class To>
constexpr void transpose(From from, To to) {
  for (std::size_t row = 0; row < to.count; ++row) {
    for (std::size_t column = 0; column < To::columns; ++column) to[row][column] = from[column][row];
    for (std::size_t column = To::columns; column < To::stride; ++column) to[row][column] = 0;
  }
}

}  // namespace cortexpr::kernels

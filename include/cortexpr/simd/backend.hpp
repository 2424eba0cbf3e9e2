#pragma once

#include <cortexpr/config.hpp>
#include <cortexpr/simd/pack.hpp>
#include <cstddef>

namespace cortexpr::simd {

/// The lanes of the pack for rows of `columns` elements: the narrowest pack that holds a whole row, or the widest pack
/// of the target.
template <class T>
constexpr std::size_t lanes_for(std::size_t columns) {
  constexpr std::size_t narrowest = 16 / sizeof(T);
  if (columns == 1) return 1;
  std::size_t lanes = native_lanes<T>;
  while (lanes > narrowest && lanes / 2 >= columns) lanes /= 2;
  return lanes;
}

/// `count` rounded up to a multiple of `lanes`.
constexpr std::size_t padded(std::size_t count, std::size_t lanes) { return (count + lanes - 1) / lanes * lanes; }

/// The stride of rows of `columns` elements: `columns` rounded up to whole packs.
template <class T>
constexpr std::size_t row_stride(std::size_t columns) {
  return padded(columns, lanes_for<T>(columns));
}

/// The number of elements of an array of `rows` rows, rounded up so that an array after it is aligned for the widest
/// pack.
template <class T>
constexpr std::size_t block_size(std::size_t rows, std::size_t columns) {
  return padded(rows * row_stride<T>(columns), native_lanes<T>);
}

/// The alignment of blocks, in bytes.
template <class T>
inline constexpr std::size_t block_alignment = sizeof(T) * native_lanes<T>;

/// The backend of kernels at run time: the packs of the target.
struct [[CORTEXPR_ABI]] Native {
  template <class T, std::size_t Columns>
  using pack = Pack<T, lanes_for<T>(Columns)>;
  static constexpr std::size_t registers = CORTEXPR_REGISTERS;
};

/// The backend of kernels in constant expressions: one lane, and loops with as few steps for the compiler as possible.
struct ConstantEvaluated {
  template <class T, std::size_t>
  using pack = ScalarPack<T>;
  static constexpr std::size_t registers = 3;
};

/// Calls action(backend) with the backend for run time, or with that for constant expressions.
constexpr auto with_packs(auto action) {
  if (__builtin_is_constant_evaluated()) return action(ConstantEvaluated{});
  return action(Native{});
}

}  // namespace cortexpr::simd

#pragma once

#include <cortexpr/simd/arch/scalar/int8.hpp>
#include <cortexpr/simd/arch/vector/pack.hpp>
#include <cstddef>

namespace cortexpr::simd {

/// AArch64. Compilers turn the scalar products of 8-bit integers into vectors.
struct NeonTarget {
  template <class T>
  static constexpr std::size_t lanes = vector_lanes<T>;
  template <class T, std::size_t Lanes>
  using pack = VectorPack<T, Lanes>;
  template <std::size_t Rows, std::size_t Columns>
  using int8 = PairInt8<Rows, Columns>;
};

}  // namespace cortexpr::simd

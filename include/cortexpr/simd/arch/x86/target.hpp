#pragma once

#include <cortexpr/simd/arch/vector/pack.hpp>
#include <cortexpr/simd/arch/x86/int8.hpp>
#include <cstddef>

namespace cortexpr::simd {

/// x86-64 with SSE2, AVX2 or AVX-512.
struct X86Target {
  template <class T>
  static constexpr std::size_t lanes = vector_lanes<T>;
  template <class T, std::size_t Lanes>
  using pack = VectorPack<T, Lanes>;
  template <std::size_t Rows, std::size_t Columns>
  using int8 = X86Int8<Rows, Columns>;
};

}  // namespace cortexpr::simd

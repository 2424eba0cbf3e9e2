#pragma once

#include <cortexpr/simd/backend.hpp>

#include <cstddef>

namespace cortexpr::detail {

/// So many aligned elements; none take no space.
template <class T, std::size_t Elements>
struct Block {
  alignas(simd::block_alignment<T>) T block[Elements]{};
};
template <class T, std::size_t Elements>
  requires(Elements == 0)
struct Block<T, Elements> {
  static constexpr T* block = nullptr;
};

}  // namespace cortexpr::detail

#pragma once

#include <cortexpr/simd/backend.hpp>

#include <cstddef>

namespace cortexpr::detail {

/// An aligned array; one of 0 elements takes no memory as a [[no_unique_address]] member.
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

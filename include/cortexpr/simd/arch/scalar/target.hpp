#pragma once

#include <cortexpr/config.hpp>
#include <cortexpr/simd/arch/scalar/int8.hpp>
#include <cortexpr/simd/arch/scalar/pack.hpp>
#include <cstddef>
#include <type_traits>

namespace cortexpr::simd {

/// Any processor.
struct ScalarTarget {
  template <class T>
  static constexpr std::size_t lanes = 1;
  template <class T, std::size_t>
  using pack = ScalarPack<T>;
  template <std::size_t Rows, std::size_t Columns>
  using int8 = std::conditional_t<CORTEXPR_INT8_ORDER == CORTEXPR_INT8_PAIRS, PairInt8<Rows, Columns>,
                                  ScalarInt8<Rows, Columns>>;
};

}  // namespace cortexpr::simd

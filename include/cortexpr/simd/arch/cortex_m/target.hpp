#pragma once

#include <cortexpr/config.hpp>
#include <cortexpr/simd/arch/scalar/pack.hpp>
#include <cstddef>
#include <type_traits>
#if CORTEXPR_MVE
#include <cortexpr/simd/arch/cortex_m/int8_mve.hpp>
#elif CORTEXPR_THUMB1
#include <cortexpr/simd/arch/cortex_m/int8_thumb1.hpp>
#else
#include <cortexpr/simd/arch/cortex_m/int8_dsp.hpp>
#endif
#if CORTEXPR_MVE_FLOAT
#include <cortexpr/simd/arch/cortex_m/mve_pack.hpp>
#endif

namespace cortexpr::simd {

/// A Cortex-M with the DSP extension or with Helium, or without Thumb-2.
struct CortexMTarget {
#if CORTEXPR_MVE_FLOAT
  template <class T>
  static constexpr std::size_t lanes = std::is_same_v<T, float> ? MvePack::lanes : 1;
  template <class T, std::size_t>
  using pack = MvePack;
#else
  template <class T>
  static constexpr std::size_t lanes = 1;
  template <class T, std::size_t>
  using pack = ScalarPack<T>;
#endif
#if CORTEXPR_MVE
  template <std::size_t Rows, std::size_t Columns>
  using int8 = MveInt8<Rows, Columns>;
#elif CORTEXPR_THUMB1
  template <std::size_t Rows, std::size_t Columns>
  using int8 = Thumb1Int8<Rows, Columns>;
#else
  template <std::size_t Rows, std::size_t Columns>
  using int8 = DspInt8<Rows, Columns>;
#endif
};

}  // namespace cortexpr::simd

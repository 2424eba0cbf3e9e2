#pragma once

#include <arm_neon.h>

#include <cortexpr/config.hpp>
#include <cortexpr/simd/arch/vector/vector_of.hpp>
#include <cstddef>

/// The instructions of AArch64 that GCC and Clang do not find by themselves in arithmetic on vectors.
namespace cortexpr::detail {

template <std::size_t>
using IntegerRegister = int32x4_t;

CORTEXPR_INLINE float32x4_t square_root(float32x4_t a) { return vsqrtq_f32(a); }
CORTEXPR_INLINE float64x2_t square_root(float64x2_t a) { return vsqrtq_f64(a); }

/// Whether the sign bit of any lane is set.
CORTEXPR_INLINE bool any_sign(float32x4_t a) { return vminvq_s32(vreinterpretq_s32_f32(a)) < 0; }

template <class Vector>
CORTEXPR_INLINE Vector greater_lanes(Vector a, Vector b) {
  return a > b ? a : b;
}
template <class Vector>
CORTEXPR_INLINE Vector lesser_lanes(Vector a, Vector b) {
  return a < b ? a : b;
}

#if CORTEXPR_HAS_FMA
CORTEXPR_INLINE float32x4_t multiply_add(float32x4_t a, float32x4_t b, float32x4_t c) { return vfmaq_f32(c, a, b); }
CORTEXPR_INLINE float64x2_t multiply_add(float64x2_t a, float64x2_t b, float64x2_t c) { return vfmaq_f64(c, a, b); }
#endif

}  // namespace cortexpr::detail

#pragma once

namespace cortexpr::detail {

/// Whether arithmetic of this thread takes subnormal numbers for zero, or gives zero in their place. A processor does so
/// when a library, or a program that is linked with -ffast-math, has set its mode.
inline bool flushes_subnormals() noexcept {
  const volatile float smallest_normal = 0x1p-126f;
  const volatile float half = smallest_normal * 0.5f;
  return !(half > 0);
}

}  // namespace cortexpr::detail

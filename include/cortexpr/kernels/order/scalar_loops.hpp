#pragma once

#include <cortexpr/simd/backend.hpp>

#include <type_traits>

namespace cortexpr::kernels {

/// Whether kernels run as plain loops, as in constant expressions, where each call, capture and temporary costs the
/// compiler as much as a multiply-add: without tiles and packs, a step of training takes a third fewer of the
/// compiler's operations. The order of additions, and so the bits, are the same.
template <class Simd>
inline constexpr bool uses_scalar_loops = std::is_same_v<Simd, simd::ConstantEvaluated>;

}  // namespace cortexpr::kernels

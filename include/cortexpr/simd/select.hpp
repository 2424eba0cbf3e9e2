#pragma once

#include <cortexpr/config.hpp>
#if CORTEXPR_MVE || CORTEXPR_DSP || CORTEXPR_THUMB1
#include <cortexpr/simd/arch/cortex_m/target.hpp>
#elif CORTEXPR_USE_XSIMD && CORTEXPR_X86_64
#include <cortexpr/simd/arch/x86/target.hpp>
#elif CORTEXPR_USE_XSIMD
#include <cortexpr/simd/arch/neon/target.hpp>
#else
#include <cortexpr/simd/arch/scalar/target.hpp>
#endif

namespace cortexpr::simd {

/// The instruction set that the program is compiled for. An instruction set is a folder of simd/arch and a line here;
/// its target.hpp defines a struct with
///   lanes<T>           the lanes of the widest register of T, 1 without vectors
///   pack<T, Lanes>     the pack of Lanes > 1 lanes (pack.hpp)
///   int8<Rows, K>      the product of 8-bit integers (int8.hpp)
#if CORTEXPR_MVE || CORTEXPR_DSP || CORTEXPR_THUMB1
using Target = CortexMTarget;
#elif CORTEXPR_USE_XSIMD && CORTEXPR_X86_64
using Target = X86Target;
#elif CORTEXPR_USE_XSIMD
using Target = NeonTarget;
#else
using Target = ScalarTarget;
#endif

}  // namespace cortexpr::simd

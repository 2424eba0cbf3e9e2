#pragma once

/// The only file that tests macros of the compiler. The user may define, for the whole program:
///   CORTEXPR_NO_FMA   `fma` rounds twice, as without fused multiply-add: after the multiplication and the addition
///   CORTEXPR_NO_SIMD  packs have one lane; xsimd is not included
///   CORTEXPR_HEAP    0 or 1: whether objects that are large may lie on the heap
///   CORTEXPR_STACK_LIMIT    from how many bytes on an object is large (core/placed.hpp)
///   CORTEXPR_CHECK_LAYERS   checks every layer that is included; the tests define it
/// Programs should be compiled with -ffp-contract=off, so that no file fuses multiplications and additions that the
/// library rounds separately. Pragmas below do the same for what follows this header.

// A missing file ends the compilation, so that the sentence before it is the last one.
#if !defined(__GNUC__) || __cplusplus < 202002L
#if defined(__GNUC__)
#error "cortexpr: the language must be C++20 or newer; compile with -std=c++20"
#else
#error "cortexpr: the compiler must be GCC 12 or Clang 19, or newer; other compilers are not supported"
#endif
#include <the_error_above_ends_the_compilation>
#elif defined(__apple_build_version__) ? __clang_major__ < 17 \
: defined(__clang__)                   ? __clang_major__ < 19 \
                                       : __GNUC__ < 12
#error "cortexpr: the compiler is too old; it must be GCC 12, Clang 19 or Apple Clang 17, or newer"
#include <the_error_above_ends_the_compilation>
#endif

// Each of these flags changes results, or hides that a result is not a number.
#if defined(__FAST_MATH__) || __FINITE_MATH_ONLY__ || defined(__ASSOCIATIVE_MATH__) || defined(__RECIPROCAL_MATH__) || \
    defined(__NO_SIGNED_ZEROS__) || (defined(__GCC_IEC_559) && __GCC_IEC_559 == 0 && defined(__x86_64__))
#error \
    "cortexpr: flags of fast math change results; compile without -ffast-math, -Ofast and the flags that they are made of"
#include <the_error_above_ends_the_compilation>
#endif
// Clang has no macros for its other flags of fast math.
#if defined(__clang__)
#pragma float_control(precise, on)
#pragma clang fp contract(off)
#else
#pragma GCC optimize("fp-contract=off")
#endif

/// 1 where the standard library is complete, 0 with -ffreestanding.
#define CORTEXPR_HOSTED __STDC_HOSTED__

/// Arduino, Zephyr and ESP-IDF compile as hosted programs, but have little memory.
#if defined(CORTEXPR_HEAP)
#elif CORTEXPR_HOSTED && (defined(__unix__) || defined(__APPLE__) || defined(_WIN32)) && !defined(ARDUINO) && \
    !defined(__ZEPHYR__) && !defined(ESP_PLATFORM)
#define CORTEXPR_HEAP 1
#else
#define CORTEXPR_HEAP 0
#endif

/// 0 with -fno-exceptions.
#if defined(__cpp_exceptions)
#define CORTEXPR_HAS_EXCEPTIONS 1
#else
#define CORTEXPR_HAS_EXCEPTIONS 0
#endif

#if defined(__FMA__) || defined(__ARM_FEATURE_FMA) || defined(__FP_FAST_FMAF)
#define CORTEXPR_TARGET_HAS_FMA 1
#else
#define CORTEXPR_TARGET_HAS_FMA 0
#endif

/// 1 if `fma` rounds once: on targets with fused multiply-add, unless CORTEXPR_NO_FMA is defined.
#if CORTEXPR_TARGET_HAS_FMA && !defined(CORTEXPR_NO_FMA)
#define CORTEXPR_HAS_FMA 1
#else
#define CORTEXPR_HAS_FMA 0
#endif

#if defined(__x86_64__)
#define CORTEXPR_X86_64 1
#else
#define CORTEXPR_X86_64 0
#endif

#if defined(__AVX__)
#define CORTEXPR_AVX 1
#else
#define CORTEXPR_AVX 0
#endif

#if defined(__AVX2__)
#define CORTEXPR_AVX2 1
#else
#define CORTEXPR_AVX2 0
#endif

#if defined(__AVX512F__) && defined(__AVX512VL__)
#define CORTEXPR_AVX512 1
#else
#define CORTEXPR_AVX512 0
#endif

#if CORTEXPR_AVX512 && defined(__AVX512BW__)
#define CORTEXPR_AVX512BW 1
#else
#define CORTEXPR_AVX512BW 0
#endif

/// 1 on a Cortex-M with Helium (MVE).
#if defined(__ARM_FEATURE_MVE)
#define CORTEXPR_MVE 1
#else
#define CORTEXPR_MVE 0
#endif

/// 1 on a Cortex-M with the DSP extension but without Helium.
#if defined(__ARM_FEATURE_SIMD32) && __ARM_ARCH_PROFILE == 'M' && !CORTEXPR_MVE
#define CORTEXPR_DSP 1
#else
#define CORTEXPR_DSP 0
#endif

/// 1 on a Cortex-M without Thumb-2 (M0, M0+, M1, M23), in a freestanding program.
#if defined(__ARM_ARCH_PROFILE) && __ARM_ARCH_PROFILE == 'M' && __ARM_ARCH_ISA_THUMB == 1 && !CORTEXPR_HOSTED
#define CORTEXPR_THUMB1 1
#else
#define CORTEXPR_THUMB1 0
#endif

/// 1 if packs are vector registers that xsimd knows; not 32-bit NEON, which flushes subnormal numbers to zero.
#if CORTEXPR_HOSTED && !defined(CORTEXPR_NO_SIMD) && (CORTEXPR_X86_64 || defined(__aarch64__))
#define CORTEXPR_USE_XSIMD 1
#else
#define CORTEXPR_USE_XSIMD 0
#endif

/// 1 if packs of float are vector registers of Helium.
#if !defined(__ARM_FEATURE_MVE) || (__ARM_FEATURE_MVE & 2) == 0
#define CORTEXPR_MVE_FLOAT 0
#elif !defined(CORTEXPR_NO_SIMD)
#define CORTEXPR_MVE_FLOAT 1
#else
#error \
    "cortexpr: CORTEXPR_NO_SIMD keeps subnormal numbers, which the compiler's own vectors lose; add +nomve.fp to -mcpu"
#endif

/// Whose code or layout depends on the flags below carries them in its linker name: `struct [[CORTEXPR_ABI]] Pack`. Files
/// that were compiled for different instruction sets then link with each other only where they share nothing of this
/// kind; otherwise the linker reports an undefined reference with the tag. The compiler's messages do not show tags.
#if CORTEXPR_MVE
#define CORTEXPR_ABI_TARGET "mve"
#elif CORTEXPR_DSP
#define CORTEXPR_ABI_TARGET "dsp"
#elif !CORTEXPR_USE_XSIMD
#define CORTEXPR_ABI_TARGET "scalar"
#elif CORTEXPR_AVX512BW
#define CORTEXPR_ABI_TARGET "avx512bw"
#elif CORTEXPR_AVX512
#define CORTEXPR_ABI_TARGET "avx512"
#elif CORTEXPR_AVX2
#define CORTEXPR_ABI_TARGET "avx2"
#elif CORTEXPR_AVX
#define CORTEXPR_ABI_TARGET "avx"
#elif CORTEXPR_X86_64
#define CORTEXPR_ABI_TARGET "sse2"
#else
#define CORTEXPR_ABI_TARGET "neon"
#endif
#if CORTEXPR_HAS_FMA
#define CORTEXPR_ABI_ROUNDING "fma"
#else
#define CORTEXPR_ABI_ROUNDING "no_fma"
#endif
#if CORTEXPR_HEAP
#define CORTEXPR_ABI_HEAP "heap"
#else
#define CORTEXPR_ABI_HEAP "no_heap"
#endif
#define CORTEXPR_ABI gnu::abi_tag(CORTEXPR_ABI_TARGET, CORTEXPR_ABI_ROUNDING, CORTEXPR_ABI_HEAP)

/// 1 if prefetch instructions are used. Microcontrollers have no cache or a small one.
#if defined(__ARM_ARCH_PROFILE) && __ARM_ARCH_PROFILE == 'M'
#define CORTEXPR_PREFETCHES 0
#else
#define CORTEXPR_PREFETCHES 1
#endif

/// 1 if the compiler evaluates __builtin_fma and __builtin_sqrt in constant expressions: GCC does, Clang 19 does not.
#if defined(__clang__)
#define CORTEXPR_BUILTINS_ARE_CONSTANT 0
#else
#define CORTEXPR_BUILTINS_ARE_CONSTANT 1
#endif

/// Checks that a bound layer is complete, at the end of its file: with CORTEXPR_CHECK_LAYERS, since it takes 0.2 s.
#if defined(CORTEXPR_CHECK_LAYERS)
#define CORTEXPR_CHECK_LAYER(...) static_assert(::cortexpr::Layer<__VA_ARGS__>)
#else
#define CORTEXPR_CHECK_LAYER(...) static_assert(true, "Layer: it is checked in the tests")
#endif

/// Forces inlining of a function. Write it before `constexpr` and after `friend` and `static`.
#define CORTEXPR_INLINE __attribute__((always_inline)) inline

/// A function that is neither inlined nor cloned, so that layers share one copy of its machine code. Without `noclone`
/// GCC makes a copy for each constant argument. Write it before `constexpr`.
#if defined(__clang__)
#define CORTEXPR_SHARED __attribute__((noinline))
#else
#define CORTEXPR_SHARED __attribute__((noinline, noclone))
#endif

/// Forces inlining of a lambda. Write it between the parameters and the body.
#define CORTEXPR_INLINE_LAMBDA __attribute__((always_inline))

/// A `for` loop that is unrolled completely. Loops over a register tile need it: the sums of the tile stay in registers
/// only if no loop remains. CORTEXPR_NO_UNROLL_FOR, and CORTEXPR_NO_UNROLL before another loop, prevent unrolling.
#if defined(__clang__)
#define CORTEXPR_UNROLL_FOR(...) _Pragma("clang loop unroll(full)") for (__VA_ARGS__)
#define CORTEXPR_NO_UNROLL _Pragma("clang loop unroll(disable)")
#define CORTEXPR_NO_UNROLL_FOR(...) _Pragma("clang loop unroll(disable)") for (__VA_ARGS__)
#else
#define CORTEXPR_UNROLL_FOR(...) _Pragma("GCC unroll 64") for (__VA_ARGS__)
#define CORTEXPR_NO_UNROLL _Pragma("GCC unroll 1")
#define CORTEXPR_NO_UNROLL_FOR(...) _Pragma("GCC unroll 1") for (__VA_ARGS__)
#endif

/// The number of registers for packs.
#if CORTEXPR_MVE_FLOAT
#define CORTEXPR_REGISTERS 8
#elif CORTEXPR_AVX512 || defined(__aarch64__) || defined(__arm__)
#define CORTEXPR_REGISTERS 32
#else
#define CORTEXPR_REGISTERS 16
#endif

/// 1 if the compiler may fuse a product with a sum in spite of the pragma above: Clang with -ffp-contract=fast.
#if defined(__clang__) && CORTEXPR_TARGET_HAS_FMA
#define CORTEXPR_FUSES_PRODUCTS 1
#else
#define CORTEXPR_FUSES_PRODUCTS 0
#endif

/// The constraint of inline assembly for a register that holds a `float`, a `double` or a vector of them.
#if CORTEXPR_AVX512
#define CORTEXPR_FLOAT_REGISTER "+v"
#elif CORTEXPR_X86_64
#define CORTEXPR_FLOAT_REGISTER "+x"
#elif defined(__aarch64__) || (defined(__arm__) && defined(__ARM_FP))
#define CORTEXPR_FLOAT_REGISTER "+w"
#elif defined(__arm__)
#define CORTEXPR_FLOAT_REGISTER "+r"
#else
#define CORTEXPR_FLOAT_REGISTER "+m"
#endif

#pragma once

/// Elementary functions over packs. Every instruction set, every number of lanes, and constant expressions return the
/// same bits. NaN arguments return NaN. simd/scalar_math.hpp has the functions for scalars.
///
/// Largest error in ulp where the result is a normal number, as benchmarks/math_sweep.cpp measures it with and without
/// fused multiply-add:
///                             exp   expm1  log   tanh  sigmoid  erf   softplus
///   float, every number       1.31  2.7    0.85  1.64  1.84     1.83  3
///   double, random numbers    1.1   2.3    0.9   4.3   1.7      4     3
#include <cortexpr/core/math/exponential.hpp>
#include <cortexpr/core/math/logarithm.hpp>
#include <cortexpr/core/math/saturating.hpp>

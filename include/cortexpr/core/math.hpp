#pragma once

/// Elementary functions over packs, written once: every backend, every number of lanes and constant expressions give
/// the same bits. Scalars: simd/scalar_math.hpp. Not a number gives not a number.
///
/// Largest error in ulp; float: over all floats where the result is normal (benchmarks/math_sweep.cpp prints it):
///            exp   expm1  log   tanh  sigmoid  erf   softplus
#include <cortexpr/core/math/exponential.hpp>
#include <cortexpr/core/math/logarithm.hpp>
#include <cortexpr/core/math/saturating.hpp>

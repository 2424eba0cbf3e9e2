#pragma once

#include <cortexpr/nn/layers/normalization/row_normalization.hpp>

namespace cortexpr {

/// y = (x - mean) / sqrt(variance + epsilon) * scale + shift, with the mean and the variance of each vector, or of each
/// row of a sequence.
/// Shapes:  x [B, F] or [B, Steps, F] -> y of the same shape; scale, shift [F]
/// Cost:    no multiply-adds; three passes over x forward; training saves two numbers for each row
/// Errors:  compile time: the input is neither a vector nor a sequence; epsilon is not positive
/// Source:  Ba, Kiros, Hinton, "Layer normalization", 2016.
template <double epsilon = 1e-5>
struct LayerNorm : detail::RowNormalization<true, epsilon> {
  static constexpr const char* name = "LayerNorm";

  template <class In, class Mismatch>
  struct Check {
    static_assert(In::rank == 1 || In::rank == 2,
                  "LayerNorm: the input must be a vector or a sequence [Steps, F]; for images take GroupNorm<1>");
    static_assert(epsilon > 0, "LayerNorm: epsilon must be positive; 1e-5 is usual");
  };
};
CORTEXPR_CHECK_LAYER(LayerNorm<>::Bound<float, Shape<2, 3>>);

}  // namespace cortexpr

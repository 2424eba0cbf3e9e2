#pragma once

#include <cortexpr/nn/layers/normalization/row_normalization.hpp>

namespace cortexpr {

/// y = x / sqrt(mean of x^2 + epsilon) * scale, with the mean over each vector, or over each row of a sequence.
/// Shapes:  x [B, F] or [B, Steps, F] -> y of the same shape; scale [F]
/// Cost:    no multiply-adds; two passes over x forward; training saves a number for each row
/// Errors:  compile time: the input is neither a vector nor a sequence; epsilon is not positive
/// Source:  Zhang, Sennrich, "Root mean square layer normalization", 2019.
template <double epsilon = 1e-5>
struct RmsNorm : detail::RowNormalization<false, epsilon> {
  static constexpr const char* name = "RmsNorm";

  template <class In, class Mismatch>
  struct Check {
    static_assert(In::rank == 1 || In::rank == 2,
                  "RmsNorm: the input must be a vector or a sequence [Steps, F]; for images take GroupNorm<1>");
    static_assert(epsilon > 0, "RmsNorm: epsilon must be positive; 1e-5 is usual");
  };
};
CORTEXPR_CHECK_LAYER(RmsNorm<>::Bound<float, Shape<2, 3>>);

}  // namespace cortexpr

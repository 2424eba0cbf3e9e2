#pragma once

#include <cortexpr/core/diagnostics.hpp>
#include <cortexpr/core/type_list.hpp>
#include <cortexpr/simd/backend.hpp>

#include <concepts>
#include <cstddef>

namespace cortexpr::detail {

/// What nn/losses.hpp asks of a loss of this many outputs.
template <class Candidate, class T, std::size_t Outputs>
concept LossOf = requires(const Candidate& loss, const T* values, T* gradient) {
  { loss.template operator()<simd::ConstantEvaluated, Outputs>(values, values, gradient, T(1)) } -> std::convertible_to<T>;
};

/// Whether a loss is one, and, if it has a Check, whether it fits what the last layer gives.
template <class Loss, class Net>
struct CheckLoss {
  static_assert(LossOf<Loss, typename Net::value_type, Net::output_shape::size>,
                "Trainer: the second argument must be a loss, as nn/losses.hpp describes it; the optimizer comes third");
  using Last = At<typename Net::places, Net::layer_count - 1>;
  using Mismatch =
      MismatchAtLayer<Last::index, typename Last::layer, Expected<Loss>, Got<typename Last::output_shape>>;
  static constexpr bool done = [] {
    if constexpr (requires { typename Loss::template Check<Last, Mismatch>; })
      return sizeof(typename Loss::template Check<Last, Mismatch>) > 0;
    else
      return true;
  }();
};

}  // namespace cortexpr::detail

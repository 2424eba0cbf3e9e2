#pragma once

#include <cortexpr/core/diagnostics.hpp>
#include <cortexpr/core/type_list.hpp>
#include <cortexpr/nn/topology/chain.hpp>
#include <cortexpr/simd/backend.hpp>

#include <concepts>
#include <cstddef>

// A loss is a struct with a call operator for one sample:
//
//   template <class Simd, std::size_t Columns, class T>
//   constexpr T operator()(const T* output, const T* target, T* gradient, T scale) const;
//
// It returns the loss of the sample and writes `gradient`, the derivative of the loss by each output, times `scale`.
// The three arrays are rows of `Columns` elements, padded to whole packs; the padding of `gradient` must be written as
// 0. A class index arrives as a one-hot target. The loss of a batch is the mean over its samples, so `scale` is 1 / B.
// Optional:
//
//   template <class LastLayer, class Mismatch> struct Check;     // static_asserts, with sentences, about the last
//   layer

namespace cortexpr {

/// A loss of `Outputs` outputs. Example: losses.hpp
template <class Candidate, class T = float, std::size_t Outputs = 2>
concept Loss = requires(const Candidate& loss, const T* values, T* gradient) {
  {
    loss.template operator()<simd::ConstantEvaluated, Outputs>(values, values, gradient, T(1))
  } -> std::convertible_to<T>;
};

namespace detail {

/// Ends the compilation with a sentence if `Candidate` is no loss, or if its Check refuses the last layer of `Net`.
template <class Candidate, class Net>
struct CheckLoss {
  static_assert(
      Loss<Candidate, typename Net::value_type, Net::output_shape::size>,
      "Trainer: the second argument must be a loss, as train/loss.hpp describes it; the optimizer comes third");
  struct Last {
    using layer = LayerAt<typename Net::chain, Net::layer_count - 1>;
    using output_shape = typename Net::output_shape;
  };
  using Mismatch =
      MismatchAtLayer<Net::layer_count - 1, typename Last::layer, Expected<Candidate>, Got<typename Net::output_shape>>;
  static constexpr bool done = [] {
    if constexpr (requires { typename Candidate::template Check<Last, Mismatch>; })
      return sizeof(typename Candidate::template Check<Last, Mismatch>) > 0;
    else
      return true;
  }();
};

}  // namespace detail
}  // namespace cortexpr

#pragma once

#include <cortexpr/core/diagnostics.hpp>
#include <cortexpr/core/placed.hpp>
#include <cortexpr/core/shape.hpp>
#include <cortexpr/core/type_list.hpp>
#include <cortexpr/nn/topology/chain.hpp>
#include <cortexpr/simd/backend.hpp>
#include <cortexpr/train/block.hpp>
#include <cortexpr/train/last_layer.hpp>

#include <concepts>
#include <cstddef>
#include <cstdint>

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
//   template <class LastLayer, class Mismatch> struct Check;   // static_asserts, with sentences, about the last layer
//   template <class LastLayer> constexpr const char* refusal() const;  // why its settings do not fit that layer, or null
//   static constexpr bool one_class_per_position = true;   // is called for each step of an output [T, C], and for each
//                                                          // pixel of an output [C, H, W], with the C outputs there
//   static constexpr bool predicts_one_class = true;       // the largest output is the predicted class
//   constexpr T probability(T output) const;               // each output is a decision between two classes
//   constexpr bool ignores(std::int64_t label) const;      // whether a label takes no part
//   constexpr float weight(std::size_t label) const;       // the weight of a label in the mean

namespace cortexpr {

/// A loss of `Outputs` outputs. Example: losses.hpp
template <class Candidate, class T = float, std::size_t Outputs = 2>
concept Loss = requires(const Candidate& loss, const T* values, T* gradient) {
  {
    loss.template operator()<simd::ConstantEvaluated, Outputs>(values, values, gradient, T(1))
  } -> std::convertible_to<T>;
};

namespace detail {

/// Whether the loss is a mean over positions: the steps or pixels of an output.
template <class Candidate>
inline constexpr bool is_per_position = requires { requires Candidate::one_class_per_position; };

/// Where the outputs of each class lie in an output of this shape: [C] has one position, [T, C] has T, and [C, H, W] has
/// H W. Output (position, class) is element position * position_stride + class * class_stride.
template <class OutputShape>
struct Positions {
  static constexpr bool channels_first = OutputShape::rank > 2;
  static constexpr std::size_t classes =
      channels_first ? extent<OutputShape, 0> : extent<OutputShape, OutputShape::rank - 1>;
  static constexpr std::size_t count = OutputShape::size / classes;
  static constexpr std::size_t position_stride = channels_first ? 1 : classes;
  static constexpr std::size_t class_stride = channels_first ? count : 1;
};

/// The number of positions of which the loss of a sample is the mean.
template <class Candidate, class OutputShape>
inline constexpr std::size_t positions_of = is_per_position<Candidate> ? Positions<OutputShape>::count : 1;

/// The sum over the positions of an output of the loss there. The arguments are those of the loss.
template <class Simd, class OutputShape, class AnyLoss, class T>
constexpr T sum_of_losses(const AnyLoss& loss, const T* output, const T* target, T* gradient, T scale) {
  if constexpr (positions_of<AnyLoss, OutputShape> == 1) {
    return loss.template operator()<Simd, OutputShape::size>(output, target, gradient, scale);
  } else {
    using P = Positions<OutputShape>;
    using Row = Block<T, simd::row_stride<T>(P::classes)>;
    struct Gathered {
      Row output, target, gradient;
    };
    const T sum = with_object<Gathered>([&](Gathered& rows) {
      T total = 0;
      for (std::size_t position = 0; position < P::count; ++position) {
        const std::size_t first = position * P::position_stride;
        for (std::size_t j = 0; j < P::classes; ++j) {
          rows.output.block[j] = output[first + j * P::class_stride];
          rows.target.block[j] = target[first + j * P::class_stride];
        }
        total += loss.template operator()<Simd, P::classes>(rows.output.block, rows.target.block, rows.gradient.block,
                                                            scale);
        for (std::size_t j = 0; j < P::classes; ++j) gradient[first + j * P::class_stride] = rows.gradient.block[j];
      }
      return total;
    });
    for (std::size_t j = OutputShape::size; j < simd::row_stride<T>(OutputShape::size); ++j) gradient[j] = 0;
    return sum;
  }
}

/// Ends the compilation with a sentence if `Candidate` is no loss, or if its Check refuses the last layer of `Net`.
template <class Candidate, class Net>
struct CheckLoss {
  static_assert(
      Loss<Candidate, typename Net::value_type, Net::output_shape::size>,
      "Trainer: the second argument must be a loss, as train/loss.hpp describes it; the optimizer comes third");
  using Last = LastLayer<Net>;
  using Mismatch =
      MismatchAtLayer<Last::position, typename Last::outermost, Expected<Candidate>, Got<typename Net::output_shape>>;
  static constexpr bool done = [] {
    if constexpr (requires { typename Candidate::template Check<Last, Mismatch>; })
      return sizeof(typename Candidate::template Check<Last, Mismatch>) > 0;
    else
      return true;
  }();
};

/// Why the settings of a loss do not fit the last layer of `Net`, as one sentence; null if they do.
template <class Net, class AnyLoss>
constexpr const char* refusal_of(const AnyLoss& loss) {
  if constexpr (requires { loss.template refusal<LastLayer<Net>>(); })
    return loss.template refusal<LastLayer<Net>>();
  else
    return nullptr;
}

}  // namespace detail
}  // namespace cortexpr

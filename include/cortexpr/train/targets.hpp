#pragma once

#include <cortexpr/config.hpp>
#include <cortexpr/core/tensor.hpp>
#include <cortexpr/train/loss.hpp>

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <type_traits>

// The targets of a batch: rows as long as the network's output, or class indices, which stand for one-hot rows. A loss
// sees the padded row of one sample at a time.

namespace cortexpr {

/// Any contiguous sequence of class indices: std::span, std::array, std::vector, Tensor.
template <class Candidate>
concept ClassIndices = requires(const Candidate& labels) {
  { *labels.data() } -> std::convertible_to<std::uint64_t>;
  { labels.size() } -> std::convertible_to<std::size_t>;
  requires std::integral<std::remove_cvref_t<decltype(*labels.data())>>;
};

namespace detail {

/// Rows of `Columns` elements, unpadded.
template <class T, std::size_t Columns>
struct RowTargets {
  const T* values;

  /// Writes the target of one sample to `row`, and 0 to its padding up to `stride`.
  constexpr void write(const auto&, std::size_t sample, T* row, std::size_t stride) const noexcept {
    for (std::size_t j = 0; j < Columns; ++j) row[j] = values[sample * Columns + j];
    for (std::size_t j = Columns; j < stride; ++j) row[j] = 0;
  }
  /// The weights of the samples from `first` on in the mean of the losses, added up.
  template <class Scalar, class AnyLoss>
  constexpr Scalar weight(const AnyLoss&, std::size_t, std::size_t samples, std::size_t positions) const noexcept {
    return static_cast<Scalar>(samples * positions);
  }
};

/// One class index for each position of an output: for each sample of outputs [C], each step of [T, C] and each pixel of
/// [C, H, W]. The position of an index that is not below the number of classes has NaN, so that the loss is NaN and the
/// step changes nothing; that of an index that the loss ignores has zeros.
template <class Index, class OutputShape>
struct ClassTargets {
  using At = Positions<OutputShape>;
  static_assert(
      At::classes > 1,
      "Targets: class indices need one output per class; for a single output give numbers, 0 or 1, as a Tensor");
  const Index* indices;

  template <class AnyLoss, class T>
  constexpr void write(const AnyLoss& loss, std::size_t sample, T* row, std::size_t stride) const noexcept {
    if constexpr (At::count == 1) {
      const Index index = indices[sample];
      const bool is_class = static_cast<std::uint64_t>(index) < At::classes;
      const auto hot = static_cast<std::uint32_t>(is_class ? static_cast<std::uint64_t>(index) : stride);
      const T cold = is_class ? T(0) : outside<T>(loss, index);
      // Vector stores, whose values the vector loads of the loss get without waiting for the cache.
      for (std::uint32_t j = 0; j < stride; ++j) row[j] = j == hot ? T(1) : cold;
      if (is_class && ignores(loss, index)) row[hot] = 0;
    } else {
      for (std::size_t j = OutputShape::size; j < stride; ++j) row[j] = 0;
      for (std::size_t position = 0; position < At::count; ++position) {
        const Index index = indices[sample * At::count + position];
        const bool is_class = static_cast<std::uint64_t>(index) < At::classes;
        for (std::size_t j = 0; j < At::classes; ++j)
          row[position * At::position_stride + j * At::class_stride] =
              !is_class                                                       ? outside<T>(loss, index)
              : j == static_cast<std::size_t>(index) && !ignores(loss, index) ? T(1)
                                                                              : T(0);
      }
    }
  }
  template <class T, class AnyLoss>
  constexpr T weight(const AnyLoss& loss, std::size_t first, std::size_t samples,
                     std::size_t positions) const noexcept {
    if constexpr (requires { loss.weight(std::size_t{}); }) {
      T sum = 0;
      for (std::size_t i = first * At::count; i < (first + samples) * At::count; ++i)
        if (!ignores(loss, indices[i]))
          sum += static_cast<std::uint64_t>(indices[i]) < At::classes
                     ? static_cast<T>(loss.weight(static_cast<std::size_t>(indices[i])))
                     : T(1);
      return sum;
    } else {
      return static_cast<T>(samples * positions);
    }
  }

 private:
  static constexpr bool ignores(const auto& loss, Index index) noexcept {
    if constexpr (requires { loss.ignores(std::int64_t{}); })
      return loss.ignores(static_cast<std::int64_t>(index));
    else
      return false;
  }
  template <class T>
  static constexpr T outside(const auto& loss, Index index) noexcept {
    return ignores(loss, index) ? T(0) : std::numeric_limits<T>::quiet_NaN();
  }
};

/// Targets of one of the types above, and a weight for each sample. A weight below 0 counts as NaN, so that the loss is
/// NaN and the step changes nothing.
template <class Targets>
struct WeightedTargets : Targets {
  const float* weights;

  [[nodiscard]] constexpr float weight_of_sample(std::size_t sample) const noexcept {
    return weights[sample] >= 0 ? weights[sample] : std::numeric_limits<float>::quiet_NaN();
  }
  template <class T>
  constexpr T weight(const auto& loss, std::size_t first, std::size_t samples, std::size_t positions) const noexcept {
    T sum = 0;
    for (std::size_t i = first; i < first + samples; ++i)
      sum += static_cast<T>(weight_of_sample(i)) * Targets::template weight<T>(loss, i, 1, positions);
    return sum;
  }
};

/// The loss of one sample, multiplied by the weight of the sample if there are weights. Writes the gradient as a loss
/// does. A sample of weight 0 takes no part, not even with a NaN.
/// Shapes: output, target, gradient [OutputShape], as padded rows
template <class Simd, class OutputShape, class T>
constexpr T loss_of_sample(const auto& loss, const auto& targets, std::size_t sample, const T* output, const T* target,
                           T* gradient, T scale) {
  if constexpr (requires { targets.weight_of_sample(sample); }) {
    const auto weight = static_cast<T>(targets.weight_of_sample(sample));
    if (weight == 0) {
      for (std::size_t j = 0; j < simd::row_stride<T>(OutputShape::size); ++j) gradient[j] = 0;
      return 0;
    }
    return weight * sum_of_losses<Simd, OutputShape>(loss, output, target, gradient, weight * scale);
  } else {
    return sum_of_losses<Simd, OutputShape>(loss, output, target, gradient, scale);
  }
}

/// The targets that a step is called with: class indices, or a Tensor with a row for each sample.
template <class OutputShape>
constexpr auto targets_of(const ClassIndices auto& labels) {
  return ClassTargets<std::remove_cvref_t<decltype(*labels.data())>, OutputShape>{labels.data()};
}
template <class OutputShape, std::floating_point T, class TensorShape>
constexpr auto targets_of(const Tensor<T, TensorShape>& targets) {
  return RowTargets<T, OutputShape::size>{targets.data()};
}

template <class OutputShape>
constexpr auto weighted_targets_of(const auto& targets, const float* weights) {
  const auto unweighted = targets_of<OutputShape>(targets);
  return WeightedTargets<std::remove_const_t<decltype(unweighted)>>{unweighted, weights};
}

/// The number of samples that they are for, at most `most`.
template <class OutputShape>
constexpr std::size_t samples_of(const ClassIndices auto& labels, std::size_t most) {
  const std::size_t samples = labels.size() / Positions<OutputShape>::count;
  return samples < most ? samples : most;
}
template <class OutputShape, std::floating_point T, class TensorShape>
constexpr std::size_t samples_of(const Tensor<T, TensorShape>&, std::size_t most) {
  static_assert(TensorShape::size % OutputShape::size == 0,
                "Trainer::step: a target must have as many values as the network has outputs");
  constexpr std::size_t samples = TensorShape::size / OutputShape::size;
  return samples < most ? samples : most;
}

/// What the sum of the losses of `samples` samples is multiplied by to make their mean; 0 if no sample takes part.
template <class Net, class AnyLoss>
constexpr auto mean_scale(const AnyLoss& loss, auto targets, std::size_t samples) {
  using T = typename Net::value_type;
  const T weight = targets.template weight<T>(loss, 0, samples, positions_of<AnyLoss, typename Net::output_shape>);
  return weight == 0 ? T(0) : T(1) / weight;
}

/// Ends the compilation with a sentence: a step takes no such targets, or no such inputs.
template <class OtherTargets, class Targets>
struct RefuseStep {
  static constexpr bool targets_fit = std::is_same_v<OtherTargets, Targets> || ClassIndices<OtherTargets>;
  static_assert(targets_fit,
                "Trainer::step: the targets must be a Tensor<T, Shape<batch, output...>>, or class indices");
  static_assert(!targets_fit, "Trainer::step: the inputs must be a Tensor<T, Shape<batch, input...>>");
  static constexpr bool done = false;
};

}  // namespace detail
}  // namespace cortexpr

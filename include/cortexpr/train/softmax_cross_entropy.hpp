#pragma once

#include <cortexpr/core/lifetime.hpp>
#include <cortexpr/core/placed.hpp>
#include <cortexpr/kernels/elementwise/map.hpp>
#include <cortexpr/kernels/normalization/softmax.hpp>
#include <cortexpr/nn/activations.hpp>
#include <cortexpr/simd/backend.hpp>
#include <cortexpr/train/block.hpp>
#include <cortexpr/train/loss.hpp>

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <type_traits>

namespace cortexpr {

/// A view of one weight for each class: a std::array, a std::vector, a span or an array of floats, which must live as
/// long as the loss. Without weights each class has the weight 1.
/// Errors:  compile time: a temporary, whose numbers would be gone before they are used
class ClassWeights {
 public:
  constexpr ClassWeights() noexcept = default;
  template <class Range>
    requires requires(const Range& range) {
      { range.data() } -> std::convertible_to<const float*>;
      { range.size() } -> std::convertible_to<std::size_t>;
    }
  constexpr ClassWeights(Range&& range) noexcept : values_{range.data()}, size_{range.size()} {
    static_assert(detail::outlives_the_call<Range>,
                  "ClassWeights: the weights are not copied; give them a name, so that they live as long as the loss");
  }
  template <std::size_t Count>
  constexpr ClassWeights(const float (&weights)[Count]) noexcept : values_{weights}, size_{Count} {}
  template <std::size_t Count>
  ClassWeights(const float (&&weights)[Count]) = delete;

  [[nodiscard]] constexpr bool empty() const noexcept { return size_ == 0; }
  [[nodiscard]] constexpr std::size_t size() const noexcept { return size_; }
  /// 1 for a class without a weight, which the loss refuses.
  [[nodiscard]] constexpr float operator[](std::size_t label) const noexcept {
    return label < size_ ? values_[label] : 1.0f;
  }

 private:
  const float* values_ = nullptr;
  std::size_t size_ = 0;
};

namespace detail {

/// A label, or none. With std::optional, GCC 12 warns of a value that may be uninitialized.
struct OptionalLabel {
  std::int64_t label = 0;
  bool exists = false;
  constexpr OptionalLabel(std::nullopt_t = std::nullopt) noexcept {}
  constexpr OptionalLabel(std::int64_t value) noexcept : label{value}, exists{true} {}
};

}  // namespace detail

/// -(sum over classes of target log softmax(output)); `output` holds logits of any magnitude. The target may be any
/// numbers of at least 0; one of zeros is a sample without a class, whose loss and gradient are 0.
/// For outputs [T, C] and [C, H, W] it is the mean over steps or pixels, each with C classes and a label of its own.
/// With label smoothing s the target is (1 - s) target + s / classes. Class weights multiply the target; the mean over
/// labels is then divided by the sum of their weights. `ignore_label` takes no part in it.
/// Gradient: softmax(output) sum(target) - target
/// Errors:   compile time: fewer than two classes; a last layer that ends with Softmax
struct SoftmaxCrossEntropy {
  float label_smoothing = 0;
  ClassWeights class_weights{};
  detail::OptionalLabel ignore_label{};

  static constexpr bool one_class_per_position = true;

  template <class LastLayer, class Mismatch>
  struct Check {
    static_assert(detail::Positions<typename LastLayer::output_shape>::classes > 1,
                  "SoftmaxCrossEntropy: there must be two outputs or more; for a single one take BinaryCrossEntropy");
    static_assert(!std::is_same_v<typename LastLayer::activation, Softmax>,
                  "SoftmaxCrossEntropy: the outputs must be logits; leave out the Softmax of the last layer");
  };
  template <class LastLayer>
  [[nodiscard]] constexpr const char* refusal() const {
    if (!(label_smoothing >= 0 && label_smoothing <= 1))
      return "SoftmaxCrossEntropy: label_smoothing must lie in [0, 1]; 0.1 is usual";
    if (!class_weights.empty() && class_weights.size() != detail::Positions<typename LastLayer::output_shape>::classes)
      return "SoftmaxCrossEntropy: class_weights must have one weight for each class of the last layer";
    for (std::size_t i = 0; i < class_weights.size(); ++i)
      if (!(class_weights[i] >= 0 && class_weights[i] - class_weights[i] == 0))
        return "SoftmaxCrossEntropy: class_weights must be finite numbers of at least 0";
    return nullptr;
  }

  /// Data sets hand on labels of 32 bits without a sign, so that -100 arrives as 2^32 - 100.
  [[nodiscard]] constexpr bool ignores(std::int64_t label) const {
    const std::int64_t ignored = ignore_label.label;
    return ignore_label.exists && (label == ignored || (ignored < 0 && label == static_cast<std::uint32_t>(ignored)));
  }
  [[nodiscard]] constexpr float weight(std::size_t label) const {
    return class_weights.empty() ? 1.0f : class_weights[label];
  }

  template <class Simd, std::size_t Columns, class T>
  constexpr T operator()(const T* output, const T* target, T* gradient, T scale) const {
    using Pack = typename Simd::template pack<T, Columns>;
    const T sum = kernels::reduce_row<Pack, Columns>(
        T(0), [&](std::size_t j) { return Pack::load(target + j); }, kernels::Plus{});
    const T smoothing = sum == 0 ? T(0) : static_cast<T>(label_smoothing);
    const T target_share = T(1) - smoothing, class_share = smoothing / static_cast<T>(Columns);
    if (class_weights.empty())
      // For a target of sum 1 this total is exactly 1.
      return of_target<Simd, Columns>(output, target, gradient, scale, target_share, class_share,
                                      target_share * sum + smoothing);
    return detail::with_object<detail::Block<T, simd::row_stride<T>(Columns)>>([&](auto& weighted) {
      T total = 0;
      for (std::size_t j = 0; j < Columns; ++j) {
        weighted.block[j] = static_cast<T>(class_weights[j]) * (target_share * target[j] + class_share);
        total += weighted.block[j];
      }
      return of_target<Simd, Columns>(output, weighted.block, gradient, scale, T(1), T(0), total);
    });
  }

 private:
  /// The loss for the target target_share * target + class_share, whose sum is `total`.
  template <class Simd, std::size_t Columns, class T>
  static constexpr T of_target(const T* output, const T* target, T* gradient, T scale, T target_share, T class_share,
                               T total) {
    using Pack = typename Simd::template pack<T, Columns>;
    const Pack log_total = Pack::broadcast(kernels::softmax<Pack, Columns>(output, gradient));
    return kernels::reduce_row<Pack, Columns>(
        T(0),
        [&](std::size_t j) {
          Pack smoothed = fma(Pack::load(target + j), Pack::broadcast(target_share), Pack::broadcast(class_share));
          if constexpr (Columns % Pack::lanes != 0)
            smoothed = select(kernels::inside_row<Pack>(j, Columns), smoothed, Pack::zero());
          const Pack derivative = Pack::load(gradient + j) * Pack::broadcast(total) - smoothed;
          (derivative * Pack::broadcast(scale)).store(gradient + j);
          return smoothed * (log_total - Pack::load(output + j));
        },
        kernels::Plus{});
  }
};

}  // namespace cortexpr

#pragma once

#include <cortexpr/core/error.hpp>
#include <cortexpr/train/targets.hpp>

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

// From the samples of a data set (data/dataset.hpp) to the rows of a batch.

namespace cortexpr::detail {

/// Each sample has one label, or one for each step or pixel: `labels(sample, out)` writes `label_count()` of them.
template <class Data>
concept HasOneLabel = requires(const Data& data) { data.label(std::size_t{}); };
template <class Data>
concept HasManyLabels = requires(const Data& data, std::uint32_t* out) {
  data.labels(std::size_t{}, out);
  data.label_count();
};
template <class Data>
concept HasLabels = HasOneLabel<Data> || HasManyLabels<Data>;

template <class Data>
concept HasWeights = requires(const Data& data) { static_cast<float>(data.weight(std::size_t{})); };

template <class Data>
concept HasTargets = requires(const Data& data) { data.target(std::size_t{}, std::declval<float*>()); };

/// Ends the compilation with a sentence if `Data` is no data set for training.
template <class Data>
struct CheckData {
  static_assert(
      requires(const Data& data, float* out) {
        static_cast<std::size_t>(data.size());
        static_cast<std::size_t>(data.sample_size());
        data.gather(std::size_t{}, std::uint64_t{}, out);
      },
      "Data set: size(), sample_size() and gather(sample, epoch, out) must be const members; data/concepts.hpp "
      "describes them");
  static_assert(
      HasLabels<Data> || HasTargets<Data>,
      "Data set: the samples must have labels or targets: a const member label(sample), labels(sample, out) or "
      "target(sample, out); data/concepts.hpp describes them");
  static constexpr bool done = true;
};

/// The number of labels of a sample.
template <class Data>
std::size_t label_count(const Data& data) {
  if constexpr (HasManyLabels<Data>)
    return data.label_count();
  else
    return 1;
}
template <class Data>
void gather_labels(const Data& data, std::size_t sample, std::uint32_t* out) {
  if constexpr (HasManyLabels<Data>)
    data.labels(sample, out);
  else
    *out = static_cast<std::uint32_t>(data.label(sample));
}

/// Why labels do not fit outputs of this shape, as one sentence; else nothing.
template <class OutputShape, class Data, class AnyLoss>
[[gnu::cold]] std::string why_unfit_labels(const Data& data, const AnyLoss& loss, const char* component,
                                           const char* which) {
  using P = Positions<OutputShape>;
  if (label_count(data) != P::count)
    return sentence(
        "%s: a sample of the %s must have one label for each of the %zu positions of the output, found %zu; change the "
        "last layer, or give data with labels(sample, out) and label_count()",
        component, which, P::count, label_count(data));
  std::vector<std::uint32_t> labels(P::count);
  for (std::size_t i = 0; i < data.size(); ++i) {
    gather_labels(data, i, labels.data());
    for (const std::uint32_t label : labels) {
      if constexpr (requires { loss.ignores(std::int64_t{}); })
        if (loss.ignores(label)) continue;
      if (label >= P::classes)
        return sentence(
            "%s: label of sample %zu of the %s: expected a class below the network's %zu outputs, found %zu; widen the "
            "last layer or check the labels",
            component, i, which, P::classes, static_cast<std::size_t>(label));
    }
  }
  return {};
}

/// Why the weights of samples are not possible, as one sentence; else nothing.
template <class Data>
[[gnu::cold]] std::string why_unfit_weights(const Data& data, const char* component, const char* which) {
  bool positive = false;
  for (std::size_t i = 0; i < data.size(); ++i) {
    const auto weight = static_cast<float>(data.weight(i));
    if (!(weight >= 0 && weight - weight == 0))
      return sentence(
          "%s: the weight of sample %zu of the %s must be a finite number of at least 0, found %g; correct it",
          component, i, which, static_cast<double>(weight));
    positive |= weight > 0;
  }
  if (!positive)
    return sentence("%s: a sample of the %s must have a weight above 0, but all are 0; correct them", component, which);
  return {};
}

/// Why a network with `In` inputs and outputs of this shape cannot take this data, as one sentence; else nothing.
/// `component` and `which` name the caller and the data in the sentence.
template <std::size_t In, class OutputShape, class Data, class AnyLoss>
[[gnu::cold]] std::string why_unfit(const Data& data, const AnyLoss& loss, const char* component, const char* which) {
  static_assert(CheckData<Data>::done, "Data set: it is checked");
  if (data.sample_size() != In)
    return sentence(
        "%s: a sample of the %s must have the %zu values of the network's Input, found %zu; change Input or "
        "the data",
        component, which, In, static_cast<std::size_t>(data.sample_size()));
  if constexpr (HasWeights<Data>)
    if (std::string reason = why_unfit_weights(data, component, which); !reason.empty()) return reason;
  if constexpr (HasLabels<Data>)
    return why_unfit_labels<OutputShape>(data, loss, component, which);
  else if constexpr (requires { data.target_size(); })
    if (data.target_size() != OutputShape::size)
      return sentence(
          "%s: a target of the %s must have the %zu values of the network's output, found %zu; change the last layer "
          "or "
          "the data",
          component, which, OutputShape::size, static_cast<std::size_t>(data.target_size()));
  return {};
}

/// Writes the inputs of one sample to `out`, converted to the network's scalar type.
template <class T, class Data>
void gather(const Data& data, std::size_t sample, std::size_t epoch, T* out) {
  if constexpr (std::is_same_v<T, float>) {
    data.gather(sample, epoch, out);
  } else {
    std::vector<float> values(data.sample_size());
    data.gather(sample, epoch, values.data());
    for (std::size_t i = 0; i < values.size(); ++i) out[i] = static_cast<T>(values[i]);
  }
}

/// The labels or targets of the samples of a batch.
template <class T, class OutputShape, class Data>
class TargetBatch {
 public:
  explicit TargetBatch(std::size_t samples) : values_(samples * width), weights_(HasWeights<Data> ? samples : 0) {}

  void gather(const Data& data, std::size_t sample, std::size_t row) {
    if constexpr (HasWeights<Data>) weights_[row] = static_cast<float>(data.weight(sample));
    if constexpr (HasLabels<Data>) {
      gather_labels(data, sample, values_.data() + row * width);
    } else if constexpr (std::is_same_v<T, float>) {
      data.target(sample, values_.data() + row * width);
    } else {
      std::vector<float> target(width);
      data.target(sample, target.data());
      for (std::size_t j = 0; j < width; ++j) values_[row * width + j] = static_cast<T>(target[j]);
    }
  }
  /// One of train/targets.hpp.
  [[nodiscard]] auto view() const noexcept {
    const View view{values_.data()};
    if constexpr (HasWeights<Data>)
      return WeightedTargets<View>{view, weights_.data()};
    else
      return view;
  }
  /// The values of the target at this row.
  [[nodiscard]] auto values(std::size_t row) const noexcept { return std::span{values_.data() + row * width, width}; }

 private:
  static constexpr std::size_t width = HasLabels<Data> ? Positions<OutputShape>::count : OutputShape::size;
  using View =
      std::conditional_t<HasLabels<Data>, ClassTargets<std::uint32_t, OutputShape>, RowTargets<T, OutputShape::size>>;
  std::vector<std::conditional_t<HasLabels<Data>, std::uint32_t, T>> values_;
  std::vector<float> weights_;
};

}  // namespace cortexpr::detail

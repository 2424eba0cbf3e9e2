#pragma once

#include <cortexpr/core/error.hpp>
#include <cortexpr/train/targets.hpp>

#include <cstddef>
#include <cstdint>
#include <string>
#include <type_traits>
#include <vector>

// From the samples of a data set (data/dataset.hpp) to the rows of a batch.

namespace cortexpr::detail {

template <class Data>
concept HasLabels = requires(const Data& data) { data.label(std::size_t{}); };

/// Why a network with `In` inputs and `Out` outputs cannot take this data, as one sentence; else nothing. `component`
/// and `which` name the caller and the data in the sentence.
template <std::size_t In, std::size_t Out, class Data>
[[gnu::cold]] std::string why_unfit(const Data& data, const char* component, const char* which) {
  if (data.sample_size() != In)
    return sentence(
        "%s: a sample of the %s must have the %zu values of the network's Input, found %zu; change Input or "
        "the data",
        component, which, In, static_cast<std::size_t>(data.sample_size()));
  if constexpr (HasLabels<Data>) {
    for (std::size_t i = 0; i < data.size(); ++i)
      if (data.label(i) >= Out)
        return sentence(
            "%s: label of sample %zu of the %s: expected a class below the network's %zu outputs, found %zu; "
            "widen the last layer or check the labels",
            component, i, which, Out, static_cast<std::size_t>(data.label(i)));
  } else if (data.target_size() != Out) {
    return sentence(
        "%s: a target of the %s must have the %zu values of the network's output, found %zu; change the last "
        "layer or the data",
        component, which, Out, static_cast<std::size_t>(data.target_size()));
  }
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
template <class T, std::size_t Columns, class Data>
class TargetBatch {
 public:
  explicit TargetBatch(std::size_t samples) : values_(samples * width) {}

  void gather(const Data& data, std::size_t sample, std::size_t row) {
    if constexpr (HasLabels<Data>) {
      values_[row] = data.label(sample);
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
    if constexpr (HasLabels<Data>)
      return ClassTargets<std::uint32_t, Columns>{values_.data()};
    else
      return RowTargets<T, Columns>{values_.data()};
  }

 private:
  static constexpr std::size_t width = HasLabels<Data> ? 1 : Columns;
  std::vector<std::conditional_t<HasLabels<Data>, std::uint32_t, T>> values_;
};

}  // namespace cortexpr::detail

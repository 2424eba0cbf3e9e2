#pragma once

#include <cortexpr/nn/losses.hpp>
#include <cortexpr/nn/static_network.hpp>
#include <cortexpr/train/targets.hpp>

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace cortexpr {

/// How often samples of one class were taken for another.
class ConfusionMatrix {
 public:
  ConfusionMatrix() = default;
  explicit ConfusionMatrix(std::size_t classes) : classes_{classes}, counts_(classes * classes) {}

  [[nodiscard]] std::size_t classes() const { return classes_; }
  [[nodiscard]] std::size_t operator()(std::size_t actual, std::size_t predicted) const {
    return counts_[actual * classes_ + predicted];
  }
  void add(std::size_t actual, std::size_t predicted) { ++counts_[actual * classes_ + predicted]; }

 private:
  std::size_t classes_ = 0;
  std::vector<std::size_t> counts_;
};

/// How a network does on a data set: the mean loss; for data with labels also the part of the samples that are
/// classified right, from 0 to 1, and which were taken for which.
struct Metrics {
  double loss = 0;
  double accuracy = 0;
  ConfusionMatrix confusion;
};

namespace detail {

/// Gathers one sample, in whatever precision the network has.
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

template <class Data>
concept HasLabels = requires(const Data& data) { data.label(std::size_t{}); };

template <class T>
std::size_t index_of_largest(const T* values, std::size_t count) {
  std::size_t best = 0;
  for (std::size_t i = 1; i < count; ++i)
    if (values[i] > values[best]) best = i;
  return best;
}

/// The targets of consecutive samples in a batch, as the loss wants them.
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
  [[nodiscard]] auto view() const {
    if constexpr (HasLabels<Data>)
      return ClassTargets<std::uint32_t, Columns>{values_.data()};
    else
      return RowTargets<T, Columns>{values_.data()};
  }

 private:
  static constexpr std::size_t width = HasLabels<Data> ? 1 : Columns;
  std::vector<std::conditional_t<HasLabels<Data>, std::uint32_t, T>> values_;
};

}  // namespace detail

/// What can be run on batches: a network, or a quantized one.
template <class Net>
concept Inferring = requires(const Net& network, std::span<const typename Net::value_type> inputs,
                             std::span<typename Net::value_type> outputs) { network(inputs, outputs); };

/// Runs the network over a whole data set, in inference.
template <Inferring Net, class Data, class Loss = SoftmaxCrossEntropy>
[[nodiscard]] Metrics evaluate(const Net& network, const Data& data, const Loss& loss = {}) {
  using T = typename Net::value_type;
  constexpr std::size_t in = Net::input_shape::size;
  constexpr std::size_t out = Net::output_shape::size;
  constexpr std::size_t stride = simd::row_stride<T>(out);
  constexpr std::size_t rows_at_once = 60;

  std::vector<T> inputs(rows_at_once * in);
  std::vector<T> outputs(rows_at_once * out);
  detail::TargetBatch<T, out, Data> targets(rows_at_once);
  Metrics metrics{0, 0, ConfusionMatrix{detail::HasLabels<Data> ? out : 0}};
  std::size_t right = 0;

  for (std::size_t done = 0; done < data.size(); done += rows_at_once) {
    const std::size_t rows = data.size() - done < rows_at_once ? data.size() - done : rows_at_once;
    for (std::size_t row = 0; row < rows; ++row) {
      detail::gather(data, done + row, 0, inputs.data() + row * in);
      targets.gather(data, done + row, row);
    }
    network(std::span<const T>{inputs.data(), rows * in}, std::span<T>{outputs});
    for (std::size_t row = 0; row < rows; ++row) {
      alignas(simd::block_alignment<T>) T output[stride]{}, target[stride], gradient[stride];
      for (std::size_t j = 0; j < out; ++j) output[j] = outputs[row * out + j];
      targets.view().write(row, target, stride);
      metrics.loss += static_cast<double>(loss.template operator()<simd::Native, out>(output, target, gradient, T(1)));
      if constexpr (detail::HasLabels<Data>) {
        const std::size_t actual = data.label(done + row);
        const std::size_t predicted = detail::index_of_largest(output, out);
        if (actual < out) metrics.confusion.add(actual, predicted);
        right += predicted == actual;
      }
    }
  }
  const double samples = static_cast<double>(data.size() > 0 ? data.size() : 1);
  metrics.loss /= samples;
  metrics.accuracy = static_cast<double>(right) / samples;
  return metrics;
}

template <class Net, class Data, class Loss = SoftmaxCrossEntropy>
[[nodiscard]] Metrics evaluate(const StaticNetwork<Net>& network, const Data& data, const Loss& loss = {}) {
  return evaluate(*network, data, loss);
}

}  // namespace cortexpr

#pragma once

#include <cortexpr/core/error.hpp>
#include <cortexpr/nn/handle.hpp>
#include <cortexpr/train/batch.hpp>
#include <cortexpr/train/losses.hpp>

#include <cstddef>
#include <span>
#include <string>
#include <vector>

namespace cortexpr {

/// The number of samples of each class that were classified as each class.
class ConfusionMatrix {
 public:
  ConfusionMatrix() = default;
  explicit ConfusionMatrix(std::size_t classes) : classes_{classes}, counts_(classes * classes) {}

  [[nodiscard]] std::size_t classes() const noexcept { return classes_; }
  [[nodiscard]] std::size_t operator()(std::size_t actual, std::size_t predicted) const noexcept {
    return counts_[actual * classes_ + predicted];
  }
  void add(std::size_t actual, std::size_t predicted) noexcept { ++counts_[actual * classes_ + predicted]; }

 private:
  std::size_t classes_ = 0;
  std::vector<std::size_t> counts_;
};

/// The result of evaluating a network on a data set. `accuracy`, from 0 to 1, and `confusion` are those of data with
/// labels; else they are 0 and empty.
struct Metrics {
  double loss = 0;  ///< the mean over the samples
  double accuracy = 0;
  ConfusionMatrix confusion;
};

namespace detail {

template <class T>
std::size_t index_of_largest(const T* values, std::size_t count) noexcept {
  std::size_t best = 0;
  for (std::size_t i = 1; i < count; ++i)
    if (values[i] > values[best]) best = i;
  return best;
}

/// A network, or a quantized network: anything that maps a batch of inputs to a batch of outputs.
template <class Net>
concept Inferring = requires(const Net& network, std::span<const typename Net::value_type> inputs,
                             std::span<typename Net::value_type> outputs) { network(inputs, outputs); };

}  // namespace detail

/// Runs the network over a whole data set, in inference.
/// Errors: DataError: samples, labels or targets that do not fit the network
template <detail::Inferring Net, class Data, class Loss = SoftmaxCrossEntropy>
[[nodiscard]] Metrics evaluate(const Net& network, const Data& data, const Loss& loss = {}) {
  using T = typename Net::value_type;
  constexpr std::size_t in = Net::input_shape::size;
  constexpr std::size_t out = Net::output_shape::size;
  constexpr std::size_t stride = simd::row_stride<T>(out);
  constexpr std::size_t rows_at_once = 60;
  if (const std::string reason = detail::why_unfit<in, out>(data, "evaluate", "data"); !reason.empty())
    detail::raise(reason);

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
        metrics.confusion.add(actual, predicted);
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
[[nodiscard]] Metrics evaluate(const Handle<Net>& network, const Data& data, const Loss& loss = {}) {
  return evaluate(*network, data, loss);
}

}  // namespace cortexpr

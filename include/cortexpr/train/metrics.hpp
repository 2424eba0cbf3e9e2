#pragma once

#include <cortexpr/core/error.hpp>
#include <cortexpr/nn/handle.hpp>
#include <cortexpr/train/batch.hpp>
#include <cortexpr/train/block.hpp>
#include <cortexpr/train/judge.hpp>
#include <cortexpr/train/losses.hpp>
#include <cortexpr/train/scores.hpp>

#include <concepts>
#include <cstddef>
#include <span>
#include <string>
#include <vector>

namespace cortexpr {

/// The options of evaluate.
struct EvaluateOptions {
  /// The probability from which on a decision is positive, for outputs with BinaryCrossEntropy.
  double threshold = 0.5;
};

namespace detail {

/// A network, or a quantized network: anything that maps a batch of inputs to a batch of outputs.
template <class Net>
concept Inferring = requires(const Net& network, std::span<const typename Net::value_type> inputs,
                             std::span<typename Net::value_type> outputs) { network(inputs, outputs); };

template <class Candidate>
concept NotOptions = !std::same_as<Candidate, EvaluateOptions>;

}  // namespace detail

/// Runs the network over a whole data set, in inference, and judges it by this loss.
/// Errors: DataError: no samples; samples, labels or targets that do not fit the network; settings of the loss that do
///         not fit its last layer. Compile time: a loss that does not fit its last layer
template <detail::Inferring Net, class Data, detail::NotOptions Loss>
[[nodiscard]] Metrics evaluate(const Net& network, const Data& data, const Loss& loss,
                               const EvaluateOptions& options = {}) {
  using T = typename Net::value_type;
  using OutputShape = typename Net::output_shape;
  static_assert(detail::CheckLoss<Loss, Net>::done, "evaluate: the loss checks the last layer");
  constexpr std::size_t in = Net::input_shape::size;
  constexpr std::size_t out = OutputShape::size;
  constexpr std::size_t stride = simd::row_stride<T>(out);
  constexpr std::size_t rows_at_once = 60;
  if (data.size() == 0)
    detail::raise("evaluate: the data must hold at least one sample, found 0; there is nothing to evaluate");
  if (const std::string reason = detail::why_unfit<in, OutputShape>(data, loss, "evaluate", "data"); !reason.empty())
    detail::raise(reason);
  if (const char* const reason = detail::refusal_of<Net>(loss); reason != nullptr) detail::raise(reason);

  std::vector<T> inputs(rows_at_once * in);
  std::vector<T> outputs(rows_at_once * out);
  detail::TargetBatch<T, OutputShape, Data> targets(rows_at_once);
  std::vector<detail::Block<T, stride>> padded(3);
  T *const output = padded[0].block, *const target = padded[1].block, *const gradient = padded[2].block;
  auto judge = detail::make_judge<OutputShape, Data>(loss, options.threshold);
  double sum = 0, weight = 0;
  for (std::size_t done = 0; done < data.size(); done += rows_at_once) {
    const std::size_t rows = data.size() - done < rows_at_once ? data.size() - done : rows_at_once;
    for (std::size_t row = 0; row < rows; ++row) {
      detail::gather(data, done + row, 0, inputs.data() + row * in);
      targets.gather(data, done + row, row);
    }
    network(std::span<const T>{inputs.data(), rows * in}, std::span<T>{outputs});
    for (std::size_t row = 0; row < rows; ++row) {
      for (std::size_t j = 0; j < out; ++j) output[j] = outputs[row * out + j];
      targets.view().write(loss, row, target, stride);
      sum += static_cast<double>(
          detail::loss_of_sample<simd::Native, OutputShape>(loss, targets.view(), row, output, target, gradient, T(1)));
      judge.add(output, target);
    }
    weight += targets.view().template weight<double>(loss, 0, rows, detail::positions_of<Loss, OutputShape>);
  }
  Metrics metrics;
  metrics.loss = sum / weight;
  judge.write(metrics);
  return metrics;
}

/// The same with SoftmaxCrossEntropy.
template <detail::Inferring Net, class Data>
[[nodiscard]] Metrics evaluate(const Net& network, const Data& data, const EvaluateOptions& options = {}) {
  return evaluate(network, data, SoftmaxCrossEntropy{}, options);
}

template <class Net, class Data, class... Options>
[[nodiscard]] Metrics evaluate(const Handle<Net>& network, const Data& data, const Options&... options) {
  return evaluate(*network, data, options...);
}

}  // namespace cortexpr

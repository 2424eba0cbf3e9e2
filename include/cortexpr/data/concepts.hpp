#pragma once

#include <concepts>
#include <cstddef>
#include <cstdint>

namespace cortexpr {

/// Samples that can be gathered in any order. `gather(sample, epoch, out)` writes `sample_size()` floats, the input of
/// the network; data sets that distort their samples do so differently in each epoch. Training needs a label or a
/// target for each sample too.
///
/// All members are const and may be called by several threads at the same time. What `gather` writes depends on its
/// arguments alone, so that training can be repeated. It may compute or read the samples: `fit` and `evaluate` hold one
/// batch, and never the whole data. Labels and weights are read once more before training, to check them.
///
/// Optional: `prefetch(sample)`, which is called before another sample is gathered, and `weight(sample)`, the weight of
/// a sample in the mean of the losses.
template <class Data>
concept DataSet = requires(const Data& data, std::size_t sample, std::uint64_t epoch, float* out) {
  { data.size() } -> std::convertible_to<std::size_t>;
  { data.sample_size() } -> std::convertible_to<std::size_t>;
  data.gather(sample, epoch, out);
};

/// Each sample belongs to one class: `label(sample)`, from 0. Sets of the library have a `class_count()`, too.
template <class Data>
concept LabelledDataSet = DataSet<Data> && requires(const Data& data, std::size_t sample) {
  { data.label(sample) } -> std::convertible_to<std::uint32_t>;
};

/// Each sample has a vector to predict: `target(sample, out)` writes it. With the optional `target_size()`, `fit` and
/// `evaluate` check its length.
template <class Data>
concept TargetDataSet =
    DataSet<Data> && requires(const Data& data, std::size_t sample, float* out) { data.target(sample, out); };

/// Each step of a sequence, or each pixel of an image, belongs to one class: `labels(sample, out)` writes `label_count()`
/// labels.
template <class Data>
concept PositionLabelledDataSet = DataSet<Data> && requires(const Data& data, std::size_t sample, std::uint32_t* out) {
  { data.label_count() } -> std::convertible_to<std::size_t>;
  data.labels(sample, out);
};

/// Each sample has a weight in the mean of the losses: `weight(sample)`, a finite number of at least 0. Weights of whole
/// numbers are the same as so many copies of a sample in its batch.
template <class Data>
concept WeightedDataSet = DataSet<Data> && requires(const Data& data, std::size_t sample) {
  { data.weight(sample) } -> std::convertible_to<float>;
};

}  // namespace cortexpr

#pragma once

#include <concepts>
#include <cortexpr/core/error.hpp>
#include <cortexpr/core/random.hpp>
#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

namespace cortexpr {

/// Samples that can be gathered in any order. `gather(sample, epoch, out)` writes `sample_size()` floats, the input of
/// the network; data sets that distort their samples do so differently in each epoch. Training needs a label or a
/// target for each sample too.
template <class Data>
concept DataSet = requires(const Data& data, std::size_t sample, std::uint64_t epoch, float* out) {
  { data.size() } -> std::convertible_to<std::size_t>;
  { data.sample_size() } -> std::convertible_to<std::size_t>;
  data.gather(sample, epoch, out);
};

/// Each sample belongs to one class: `label(sample)`, below `class_count()`.
template <class Data>
concept LabelledDataSet = DataSet<Data> && requires(const Data& data, std::size_t sample) {
  { data.label(sample) } -> std::convertible_to<std::uint32_t>;
  { data.class_count() } -> std::convertible_to<std::size_t>;
};

/// Each sample has a vector to predict: `target(sample, out)` writes `target_size()` floats.
template <class Data>
concept TargetDataSet = DataSet<Data> && requires(const Data& data, std::size_t sample, float* out) {
  { data.target_size() } -> std::convertible_to<std::size_t>;
  data.target(sample, out);
};

/// Each step of a sequence, or each pixel of an image, belongs to one class: `labels(sample, out)` writes `label_count()`
/// labels.
template <class Data>
concept PositionLabelledDataSet = DataSet<Data> && requires(const Data& data, std::size_t sample, std::uint32_t* out) {
  { data.label_count() } -> std::convertible_to<std::size_t>;
  data.labels(sample, out);
};

namespace detail {

/// Rows of equal length, one after the other in one vector.
class SampleRows {
 public:
  /// `owner` and `field` name the array in an error message.
  SampleRows(std::vector<float> values, std::size_t row_size, const char* owner, const char* field)
      : values_{std::move(values)}, row_size_{row_size} {
    if (row_size == 0 || values_.size() % row_size != 0)
      data_error("%s: %s: expected a multiple of %zu values (one row a sample), found %zu; check the row's size", owner,
                 field, row_size, values_.size());
  }

  std::size_t count() const noexcept { return values_.size() / row_size_; }
  std::size_t row_size() const noexcept { return row_size_; }
  void copy(std::size_t row, float* out) const noexcept {
    const float* const from = values_.data() + row * row_size_;
    for (std::size_t i = 0; i < row_size_; ++i) out[i] = from[i];
  }

 private:
  std::vector<float> values_;
  std::size_t row_size_;
};

inline void check_counts(const char* owner, std::size_t inputs, const char* field, std::size_t count) {
  if (inputs != count)
    data_error("%s: %s: expected one for each of the %zu samples, found %zu; give as many as there are inputs", owner,
               field, inputs, count);
}

}  // namespace detail

/// Inputs [B, sample_size] and class indices [B] in memory.
/// Errors: DataError: sizes that do not fit
class ClassificationSet {
 public:
  ClassificationSet(std::vector<float> inputs, std::size_t sample_size, std::vector<std::uint32_t> labels)
      : inputs_{std::move(inputs), sample_size, "ClassificationSet", "inputs"}, labels_{std::move(labels)} {
    detail::check_counts("ClassificationSet", size(), "labels", labels_.size());
    for (const std::uint32_t label : labels_)
      if (label >= class_count_) class_count_ = std::size_t{label} + 1;
  }

  std::size_t size() const noexcept { return inputs_.count(); }
  std::size_t sample_size() const noexcept { return inputs_.row_size(); }
  /// One more than the largest label.
  std::size_t class_count() const noexcept { return class_count_; }
  std::uint32_t label(std::size_t sample) const noexcept { return labels_[sample]; }
  void gather(std::size_t sample, std::uint64_t, float* out) const noexcept { inputs_.copy(sample, out); }

 private:
  detail::SampleRows inputs_;
  std::vector<std::uint32_t> labels_;
  std::size_t class_count_ = 0;
};

/// Inputs [B, sample_size] and targets [B, target_size] in memory.
/// Errors: DataError: sizes that do not fit
class RegressionSet {
 public:
  RegressionSet(std::vector<float> inputs, std::size_t sample_size, std::vector<float> targets, std::size_t target_size)
      : inputs_{std::move(inputs), sample_size, "RegressionSet", "inputs"},
        targets_{std::move(targets), target_size, "RegressionSet", "targets"} {
    detail::check_counts("RegressionSet", size(), "targets", targets_.count());
  }

  std::size_t size() const noexcept { return inputs_.count(); }
  std::size_t sample_size() const noexcept { return inputs_.row_size(); }
  std::size_t target_size() const noexcept { return targets_.row_size(); }
  void gather(std::size_t sample, std::uint64_t, float* out) const noexcept { inputs_.copy(sample, out); }
  void target(std::size_t sample, float* out) const noexcept { targets_.copy(sample, out); }

 private:
  detail::SampleRows inputs_;
  detail::SampleRows targets_;
};

namespace detail {

struct IdentityOrder {
  constexpr std::size_t operator[](std::size_t sample) const { return sample; }
};

}  // namespace detail

/// A view of `count` samples of another data set: order[first], order[first + 1], ... The data set must outlive the
/// view.
template <DataSet Data, class Order = detail::IdentityOrder>
class Subset {
 public:
  /// Errors: DataError: `data` has fewer than `first + count` samples
  Subset(const Data& data, std::size_t first, std::size_t count, const Order& order = {})
      : data_{&data}, first_{first}, count_{count}, order_{order} {
    if (first > data.size() || count > data.size() - first)
      detail::data_error("Subset: expected a data set of at least %zu + %zu samples, found %zu; ask for fewer", first,
                         count, data.size());
  }
  Subset(const Data&& data, std::size_t first, std::size_t count,
         const Order& order = {}) = delete;  // it would be gone

  std::size_t size() const noexcept { return count_; }
  std::size_t sample_size() const { return data_->sample_size(); }
  void gather(std::size_t sample, std::uint64_t epoch, float* out) const { data_->gather(at(sample), epoch, out); }
  void prefetch(std::size_t sample) const
    requires requires(const Data& data) { data.prefetch(std::size_t{0}); }
  {
    data_->prefetch(at(sample));
  }
  std::uint32_t label(std::size_t sample) const
    requires LabelledDataSet<Data>
  {
    return data_->label(at(sample));
  }
  std::size_t class_count() const
    requires LabelledDataSet<Data>
  {
    return data_->class_count();
  }
  void labels(std::size_t sample, std::uint32_t* out) const
    requires PositionLabelledDataSet<Data>
  {
    data_->labels(at(sample), out);
  }
  std::size_t label_count() const
    requires PositionLabelledDataSet<Data>
  {
    return data_->label_count();
  }
  void target(std::size_t sample, float* out) const
    requires TargetDataSet<Data>
  {
    data_->target(at(sample), out);
  }
  std::size_t target_size() const
    requires TargetDataSet<Data>
  {
    return data_->target_size();
  }

 private:
  std::size_t at(std::size_t sample) const { return order_[first_ + sample]; }

  const Data* data_;
  std::size_t first_;
  std::size_t count_;
  Order order_;
};

/// The first `count` samples.
template <DataSet Data>
Subset<Data> take(const Data& data, std::size_t count) {
  return {data, 0, count};
}

/// The first `count` samples and the others, for training and validation.
template <DataSet Data>
std::pair<Subset<Data>, Subset<Data>> split(const Data& data, std::size_t count) {
  const Subset<Data> first = take(data, count);
  return {first, Subset<Data>{data, count, data.size() - count}};
}

/// `count` random samples and the others, in random order, which depends only on the seed.
template <DataSet Data>
std::pair<Subset<Data, Permutation>, Subset<Data, Permutation>> split(const Data& data, std::size_t count, Seed seed) {
  const Permutation order{seed, 0, data.size()};
  return {{data, 0, count, order}, {data, count, data.size() - count, order}};
}

template <DataSet Data>
void take(const Data&&, std::size_t) = delete;  // the view would outlive the data set
template <DataSet Data>
void split(const Data&&, std::size_t) = delete;
template <DataSet Data>
void split(const Data&&, std::size_t, Seed) = delete;

}  // namespace cortexpr

#pragma once

#include <concepts>
#include <cortexpr/core/error.hpp>
#include <cortexpr/core/lifetime.hpp>
#include <cortexpr/data/concepts.hpp>
#include <cortexpr/data/subset.hpp>
#include <cortexpr/data/weighted.hpp>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <span>
#include <type_traits>
#include <utility>
#include <vector>

namespace cortexpr {

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

/// A view of inputs [samples, sample_size] and of labels or targets in contiguous memory, which are not copied and must
/// outlive it:
///
///     const cx::Dataset data{inputs, labels};                  // integers: one label for each sample
///     const cx::Dataset data{inputs, targets};                 // floats: one number to predict for each sample
///     const cx::Dataset data{inputs, targets, samples};        // several for each sample, such as a label for each pixel
///
/// Errors: DataError: sizes that are no multiple of the number of samples. Compile time: inputs that are not floats, and
///         temporaries, which would be gone
template <class Target>
class Dataset {
  static constexpr bool holds_labels = std::integral<Target>;
  static_assert(holds_labels || std::is_same_v<Target, float>,
                "Dataset: the targets must be floats, or integers, which are labels");

 public:
  template <class Inputs, class Targets>
  Dataset(Inputs&& inputs, Targets&& targets)
      : Dataset{view<Inputs, float>(inputs), view<Targets, Target>(targets), std::size(targets)} {}
  template <class Inputs, class Targets>
  Dataset(Inputs&& inputs, Targets&& targets, std::size_t samples)
      : inputs_{view<Inputs, float>(inputs)}, targets_{view<Targets, Target>(targets)}, samples_{samples} {
    sample_size_ = size_of_row(inputs_.size(), "inputs");
    target_size_ = size_of_row(targets_.size(), holds_labels ? "labels" : "targets");
  }

  std::size_t size() const noexcept { return samples_; }
  std::size_t sample_size() const noexcept { return sample_size_; }
  void gather(std::size_t sample, std::uint64_t, float* out) const noexcept {
    for (std::size_t i = 0; i < sample_size_; ++i) out[i] = inputs_[sample * sample_size_ + i];
  }

  std::size_t label_count() const noexcept
    requires holds_labels
  {
    return target_size_;
  }
  void labels(std::size_t sample, std::uint32_t* out) const noexcept
    requires holds_labels
  {
    for (std::size_t i = 0; i < target_size_; ++i)
      out[i] = static_cast<std::uint32_t>(targets_[sample * target_size_ + i]);
  }
  /// The first label of a sample.
  std::uint32_t label(std::size_t sample) const noexcept
    requires holds_labels
  {
    return static_cast<std::uint32_t>(targets_[sample * target_size_]);
  }

  std::size_t target_size() const noexcept
    requires(!holds_labels)
  {
    return target_size_;
  }
  void target(std::size_t sample, float* out) const noexcept
    requires(!holds_labels)
  {
    for (std::size_t i = 0; i < target_size_; ++i) out[i] = targets_[sample * target_size_ + i];
  }

 private:
  template <class Range, class Element>
  static std::span<const Element> view(const std::remove_reference_t<Range>& range) {
    constexpr bool fits = std::is_convertible_v<decltype((range)), std::span<const Element>>;
    static_assert(fits, "Dataset: the inputs must be floats in contiguous memory: a std::vector, a std::span, ...");
    static_assert(detail::outlives_the_call<Range>,
                  "Dataset: inputs and targets are not copied; give them names, so that they live as long as the data");
    if constexpr (fits)
      return range;
    else
      return {};
  }
  std::size_t size_of_row(std::size_t values, const char* field) const {
    if (samples_ == 0 ? values != 0 : values == 0 || values % samples_ != 0)
      detail::data_error("Dataset: %s: expected a multiple of the %zu samples, found %zu values; check the sizes",
                         field, samples_, values);
    return samples_ == 0 ? 0 : values / samples_;
  }

  std::span<const float> inputs_;
  std::span<const Target> targets_;
  std::size_t samples_;
  std::size_t sample_size_ = 0;
  std::size_t target_size_ = 0;
};
template <class Inputs, class Targets>
Dataset(const Inputs&, const Targets&)
    -> Dataset<typename decltype(std::span{std::declval<const Targets&>()})::value_type>;
template <class Inputs, class Targets>
Dataset(const Inputs&, const Targets&, std::size_t)
    -> Dataset<typename decltype(std::span{std::declval<const Targets&>()})::value_type>;

}  // namespace cortexpr

#pragma once

#include <algorithm>
#include <cstddef>
#include <limits>
#include <optional>
#include <utility>
#include <vector>

namespace cortexpr {

/// The number of samples of each class that were classified as each class.
class ConfusionMatrix {
 public:
  ConfusionMatrix() = default;
  explicit ConfusionMatrix(std::size_t classes) : classes_{classes}, counts_(classes * classes) {}

  /// `counts` has classes * classes elements, those of an actual class one after the other.
  ConfusionMatrix(std::size_t classes, std::vector<std::size_t> counts)
      : classes_{classes}, counts_{std::move(counts)} {}

  [[nodiscard]] std::size_t classes() const noexcept { return classes_; }
  [[nodiscard]] std::size_t operator()(std::size_t actual, std::size_t predicted) const noexcept {
    return counts_[actual * classes_ + predicted];
  }
  void add(std::size_t actual, std::size_t predicted) noexcept { ++counts_[actual * classes_ + predicted]; }

 private:
  std::size_t classes_ = 0;
  std::vector<std::size_t> counts_;
};

namespace detail {

/// How often a class, or a label, was predicted rightly, predicted wrongly, and missed.
struct Hits {
  std::size_t right = 0, wrong = 0, missed = 0;
};

/// Mean and variance of numbers, and the squares of what a prediction misses.
/// Source: Welford, "Note on a method for calculating corrected sums of squares and products", 1962.
struct Deviations {
  double mean = 0, squares = 0, residual_squares = 0;

  void add(std::size_t count, double target, double output) noexcept {
    const double before = target - mean;
    mean += before / static_cast<double>(count);
    squares += before * (target - mean);
    residual_squares += (target - output) * (target - output);
  }
};

struct Score {
  double value;
  bool positive;
};

/// The probability that a random positive sample has a larger score than a random negative one; half of the equal ones
/// count. Absent if there are not samples of both kinds, or if a score is NaN.
/// Source: Mann, Whitney, 1947; Fawcett, "An introduction to ROC analysis", 2006.
[[gnu::cold]] inline std::optional<double> area_under_curve(std::vector<Score> scores) {
  for (const Score& score : scores)
    if (!(score.value == score.value)) return std::nullopt;
  std::sort(scores.begin(), scores.end(), [](const Score& a, const Score& b) { return a.value < b.value; });
  double negatives = 0, positives = 0, pairs = 0;
  for (std::size_t i = 0; i < scores.size();) {
    double equal[2] = {0, 0};
    const double value = scores[i].value;
    for (; i < scores.size() && scores[i].value == value; ++i) ++equal[scores[i].positive ? 1 : 0];
    pairs += equal[1] * (negatives + equal[0] / 2);
    negatives += equal[0];
    positives += equal[1];
  }
  if (negatives == 0 || positives == 0) return std::nullopt;
  return pairs / (negatives * positives);
}

}  // namespace detail

/// The result of evaluating a network on a data set. What has no meaning for the data and the loss is NaN or absent:
///
/// - one class of several (labels, or targets with SoftmaxCrossEntropy or KullbackLeibler): all but r2; auc for two
/// - a single output with BinaryCrossEntropy, classes 0 and 1: all but r2 and top
/// - several outputs with BinaryCrossEntropy, each a label of its own: accuracy, precision, recall and f1 of labels
/// - numbers (targets with other losses): r2
struct Metrics {
  /// The mean over the samples, or over the steps or pixels, that have a label.
  double loss = std::numeric_limits<double>::quiet_NaN();
  /// The share of right decisions, from 0 to 1. Several labels of a sample are several decisions.
  double accuracy = std::numeric_limits<double>::quiet_NaN();
  ConfusionMatrix confusion;

  /// The share of what was predicted as class `c` that belongs to it.
  [[nodiscard]] std::optional<double> precision(std::size_t c) const {
    const detail::Hits hits = hits_of(c);
    return ratio(hits.right, hits.right + hits.wrong);
  }
  /// The share of class `c` that was predicted as it.
  [[nodiscard]] std::optional<double> recall(std::size_t c) const {
    const detail::Hits hits = hits_of(c);
    return ratio(hits.right, hits.right + hits.missed);
  }
  /// The harmonic mean of precision and recall of class `c`.
  [[nodiscard]] std::optional<double> f1(std::size_t c) const {
    const detail::Hits hits = hits_of(c);
    return ratio(2 * hits.right, 2 * hits.right + hits.wrong + hits.missed);
  }
  /// That of class 1 if there are two classes, else the mean over the classes or labels that occur.
  [[nodiscard]] std::optional<double> f1() const {
    if (confusion.classes() == 2) return f1(1);
    double sum = 0;
    std::size_t count = 0;
    for (std::size_t c = 0; c < confusion.classes() + label_hits.size(); ++c)
      if (const std::optional<double> of_class = f1(c)) sum += *of_class, ++count;
    return count > 0 ? std::optional{sum / static_cast<double>(count)} : std::nullopt;
  }
  /// The area under the receiver operating characteristic of class 1 of two.
  [[nodiscard]] std::optional<double> auc() const { return area; }
  /// The coefficient of determination: 1 - squared error / variance, the mean over the outputs whose targets vary.
  [[nodiscard]] std::optional<double> r2() const { return determination; }
  /// The share of samples whose class is among the `k` largest outputs; of equal outputs the first ones count.
  [[nodiscard]] std::optional<double> top(std::size_t k) const {
    if (k == 0 || k > ranks.size()) return std::nullopt;
    std::size_t within = 0, all = 0;
    for (std::size_t rank = 0; rank < ranks.size(); ++rank) {
      all += ranks[rank];
      if (rank < k) within += ranks[rank];
    }
    return ratio(within, all);
  }

  // What the functions are computed from, which evaluate writes.
  std::vector<std::size_t> ranks{};        ///< how many samples have their class at each rank of the outputs
  std::vector<detail::Hits> label_hits{};  ///< of each of several labels
  std::optional<double> area{};
  std::optional<double> determination{};

 private:
  static std::optional<double> ratio(std::size_t part, std::size_t all) {
    return all > 0 ? std::optional{static_cast<double>(part) / static_cast<double>(all)} : std::nullopt;
  }
  [[nodiscard]] detail::Hits hits_of(std::size_t c) const {
    if (c < label_hits.size()) return label_hits[c];
    detail::Hits hits;
    if (c >= confusion.classes()) return hits;
    hits.right = confusion(c, c);
    for (std::size_t other = 0; other < confusion.classes(); ++other)
      if (other != c) {
        hits.wrong += confusion(other, c);
        hits.missed += confusion(c, other);
      }
    return hits;
  }
};

}  // namespace cortexpr

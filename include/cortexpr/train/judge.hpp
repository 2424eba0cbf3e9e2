#pragma once

#include <cortexpr/train/batch.hpp>
#include <cortexpr/train/loss.hpp>
#include <cortexpr/train/scores.hpp>

#include <cstddef>
#include <utility>
#include <vector>

// Judges: each collects what Metrics tells, from one output and its target at a time.

namespace cortexpr::detail {

/// The class is the position of the largest target, and the prediction that of the largest output. A target of zeros is
/// a sample without a class and does not count.
template <class OutputShape>
class ClassJudge {
  using P = Positions<OutputShape>;

 public:
  template <class T>
  void add(const T* output, const T* target) {
    for (std::size_t position = 0; position < P::count; ++position) {
      const std::size_t first = position * P::position_stride;
      const auto element = [first](std::size_t c) { return first + c * P::class_stride; };
      std::size_t actual = 0, predicted = 0, rank = 0;
      for (std::size_t c = 1; c < P::classes; ++c) {
        if (target[element(c)] > target[element(actual)]) actual = c;
        if (output[element(c)] > output[element(predicted)]) predicted = c;
      }
      if (!(target[element(actual)] > 0)) continue;
      for (std::size_t c = 0; c < P::classes; ++c)
        rank += output[element(c)] > output[element(actual)] ||
                (c < actual && output[element(c)] == output[element(actual)]);
      confusion_.add(actual, predicted);
      ++ranks_[rank];
      right_ += predicted == actual;
      ++count_;
      if constexpr (P::classes == 2)
        scores_.push_back(
            {static_cast<double>(output[element(1)]) - static_cast<double>(output[element(0)]), actual == 1});
    }
  }
  void write(Metrics& metrics) {
    if (count_ > 0) metrics.accuracy = static_cast<double>(right_) / static_cast<double>(count_);
    metrics.confusion = std::move(confusion_);
    metrics.ranks = std::move(ranks_);
    metrics.area = area_under_curve(std::move(scores_));
  }

 private:
  ConfusionMatrix confusion_{P::classes};
  std::vector<std::size_t> ranks_ = std::vector<std::size_t>(P::classes);
  std::vector<Score> scores_;
  std::size_t right_ = 0, count_ = 0;
};

/// Each output is a decision: positive if its probability is at least the threshold.
template <class OutputShape, class AnyLoss>
class DecisionJudge {
  static constexpr std::size_t outputs = OutputShape::size;

 public:
  DecisionJudge(const AnyLoss& loss, double threshold) : loss_{loss}, threshold_{threshold} {}

  template <class T>
  void add(const T* output, const T* target) {
    for (std::size_t j = 0; j < outputs; ++j) {
      const auto probability = static_cast<double>(loss_.probability(output[j]));
      const bool actual = target[j] >= T(0.5), predicted = probability >= threshold_;
      right_ += predicted == actual;
      ++count_;
      if constexpr (outputs == 1) {
        confusion_.add(actual, predicted);
        scores_.push_back({static_cast<double>(output[j]), actual});
      } else {
        hits_[j].right += actual && predicted;
        hits_[j].wrong += !actual && predicted;
        hits_[j].missed += actual && !predicted;
      }
    }
  }
  void write(Metrics& metrics) {
    if (count_ > 0) metrics.accuracy = static_cast<double>(right_) / static_cast<double>(count_);
    if constexpr (outputs == 1) {
      metrics.confusion = std::move(confusion_);
      metrics.area = area_under_curve(std::move(scores_));
    } else {
      metrics.label_hits = std::move(hits_);
    }
  }

 private:
  const AnyLoss& loss_;
  double threshold_;
  ConfusionMatrix confusion_{outputs == 1 ? std::size_t{2} : std::size_t{0}};
  std::vector<Hits> hits_ = std::vector<Hits>(outputs);
  std::vector<Score> scores_;
  std::size_t right_ = 0, count_ = 0;
};

/// The outputs predict numbers.
template <class OutputShape>
class NumberJudge {
 public:
  template <class T>
  void add(const T* output, const T* target) {
    ++count_;
    for (std::size_t j = 0; j < OutputShape::size; ++j)
      of_outputs_[j].add(count_, static_cast<double>(target[j]), static_cast<double>(output[j]));
  }
  void write(Metrics& metrics) const {
    double sum = 0;
    std::size_t varying = 0;
    for (const Deviations& one : of_outputs_)
      if (one.squares > 0) sum += 1 - one.residual_squares / one.squares, ++varying;
    if (varying > 0) metrics.determination = sum / static_cast<double>(varying);
  }

 private:
  std::vector<Deviations> of_outputs_ = std::vector<Deviations>(OutputShape::size);
  std::size_t count_ = 0;
};

/// The judge for the outputs of a network on this data under this loss.
template <class OutputShape, class Data, class AnyLoss>
auto make_judge(const AnyLoss& loss, double threshold) {
  if constexpr (HasLabels<Data> || is_per_position<AnyLoss> || requires { requires AnyLoss::predicts_one_class; })
    return ClassJudge<OutputShape>{};
  else if constexpr (requires { loss.probability(0.0f); })
    return DecisionJudge<OutputShape, AnyLoss>{loss, threshold};
  else
    return NumberJudge<OutputShape>{};
}

}  // namespace cortexpr::detail

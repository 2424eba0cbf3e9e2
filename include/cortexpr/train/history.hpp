#pragma once

#include <cortexpr/train/metrics.hpp>

#include <cstddef>
#include <string>
#include <vector>

namespace cortexpr {

/// One evaluation during training.
struct Evaluation : Metrics {
  std::size_t epoch = 0;         ///< epochs done, the unfinished one included
  std::size_t samples = 0;       ///< training samples seen
  double training_loss = 0;      ///< the mean over the batches since the evaluation before
  double seconds = 0;            ///< since training began, evaluations included
  double training_seconds = 0;   ///< the part of it that went into training
  float learning_rate = 0;
  bool best_so_far = false;
};

/// Why training ended.
enum class Stop {
  finished,    ///< all epochs are done
  no_gain,     ///< early stopping: the loss did not fall
  not_finite,  ///< the loss became infinite or not a number
  refused,     ///< there was nothing to train, or it could not begin
};

/// What training did: its evaluations, in order, and how it ended.
class History {
 public:
  std::vector<Evaluation> evaluations;
  Stop stop = Stop::finished;
  /// One sentence when training did not run as asked (not_finite, refused); else empty.
  std::string message;
  /// The position of the evaluation with the lowest loss. With early stopping, and after not_finite, the network is the
  /// one that was evaluated there.
  std::size_t best = 0;
  std::size_t samples = 0;
  double training_seconds = 0;
  double evaluation_seconds = 0;

  [[nodiscard]] bool ok() const { return stop == Stop::finished || stop == Stop::no_gain; }
  [[nodiscard]] std::size_t size() const { return evaluations.size(); }
  [[nodiscard]] bool empty() const { return evaluations.empty(); }
  [[nodiscard]] auto begin() const { return evaluations.begin(); }
  [[nodiscard]] auto end() const { return evaluations.end(); }
  [[nodiscard]] const Evaluation& operator[](std::size_t position) const { return evaluations[position]; }
  [[nodiscard]] const Evaluation& back() const { return evaluations.back(); }
  [[nodiscard]] double samples_per_second() const {
    return training_seconds > 0 ? static_cast<double>(samples) / training_seconds : 0;
  }
};

/// What callbacks are told, after each evaluation and each epoch.
struct EpochReport {
  std::size_t epoch = 0;  ///< epochs done, the unfinished one included
  std::size_t epochs = 0;
  std::size_t samples = 0;
  std::size_t total_samples = 0;  ///< what `samples` will be in the end, if nothing stops training
  double training_loss = 0;
  double seconds = 0;
  float learning_rate = 0;
  /// The evaluation that was just made, or null.
  const Evaluation* evaluation = nullptr;
};

}  // namespace cortexpr

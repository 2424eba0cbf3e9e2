#pragma once

#include <cortexpr/train/metrics.hpp>

#include <cstddef>
#include <string>
#include <vector>

namespace cortexpr {

/// One evaluation during training.
struct Evaluation : Metrics {
  std::size_t epoch = 0;        ///< the current epoch, counted from 1 since training began or was restarted
  std::size_t samples = 0;      ///< training samples of this call of fit so far
  double training_loss = 0;     ///< the mean over the training samples since the last evaluation
  double seconds = 0;           ///< since this call of fit, evaluations included
  double training_seconds = 0;  ///< the same without evaluations
  float learning_rate = 0;      ///< of the last step
  bool best_so_far = false;
};

/// Why training ended.
enum class Stop {
  finished,    ///< all epochs are done
  no_gain,     ///< early stopping: the loss did not fall
  not_finite,  ///< the loss or the learning rate became infinite or NaN
  refused,     ///< data or options do not fit; no step was made
  requested,   ///< a callback returned false, or the stop token was set
};

/// The result of `fit`: the evaluations in order, and how training ended.
class History {
 public:
  std::vector<Evaluation> evaluations;
  Stop stop = Stop::finished;
  /// One sentence about what went wrong if ok() is false; else empty.
  std::string message;
  /// One sentence about what changes the result, though training goes on; else empty.
  std::string warning;
  /// The position of the evaluation with the lowest loss. With early stopping, and after not_finite, network and
  /// optimizer are those of that evaluation; after not_finite they are those before training if these have a lower loss.
  std::size_t best = 0;
  std::size_t samples = 0;
  double training_seconds = 0;
  double evaluation_seconds = 0;

  [[nodiscard]] bool ok() const noexcept { return stop != Stop::not_finite && stop != Stop::refused; }
  [[nodiscard]] std::size_t size() const noexcept { return evaluations.size(); }
  [[nodiscard]] bool empty() const noexcept { return evaluations.empty(); }
  [[nodiscard]] auto begin() const noexcept { return evaluations.begin(); }
  [[nodiscard]] auto end() const noexcept { return evaluations.end(); }
  /// An evaluation; one whose loss and accuracy are NaN if there is none at this position.
  [[nodiscard]] const Evaluation& operator[](std::size_t position) const noexcept {
    static const Evaluation none{};
    return position < size() ? evaluations[position] : none;
  }
  /// The last evaluation; one whose loss and accuracy are NaN if there is none.
  [[nodiscard]] const Evaluation& back() const noexcept { return (*this)[size() - 1]; }
  [[nodiscard]] double samples_per_second() const noexcept {
    return training_seconds > 0 ? static_cast<double>(samples) / training_seconds : 0;
  }
};

/// The argument of callbacks, which `fit` calls after each evaluation and each epoch. The members that Evaluation has
/// too mean the same there.
struct EpochReport {
  std::size_t epoch = 0;
  std::size_t epochs = 0;  ///< `epoch` at the end of this call
  std::size_t samples = 0;
  std::size_t total_samples = 0;  ///< `samples` at the end of the last epoch
  double training_loss = 0;
  double seconds = 0;
  float learning_rate = 0;
  /// The evaluation that was just made, or null.
  const Evaluation* evaluation = nullptr;
};

}  // namespace cortexpr

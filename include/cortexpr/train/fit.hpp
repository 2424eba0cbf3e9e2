#pragma once

#include <cortexpr/core/stopwatch.hpp>
#include <cortexpr/core/subnormals.hpp>
#include <cortexpr/train/history.hpp>
#include <cortexpr/train/trainer.hpp>

#include <cstddef>
#include <string>
#include <vector>

// Trainer::fit, for hosted programs. Functions that do not run for each batch are marked cold, which halves the time
// that they take to compile.

namespace cortexpr {

/// The options of Trainer::fit.
struct FitOptions {
  std::size_t epochs = 1;
  /// The number of epochs between evaluations. The last epoch always ends with one.
  std::size_t evaluate_every = 1;
  /// If not 0, the number of steps between evaluations, in place of evaluate_every.
  std::size_t evaluate_every_steps = 0;
  /// Whether training stops after `patience` evaluations in a row whose loss is not below the best so far. At the end
  /// the network is the one with the best evaluation.
  bool early_stopping = false;
  std::size_t patience = 1;
  /// Determines the order of the samples and the masks of dropout.
  Seed seed{};
};

namespace detail {

/// Why fit cannot begin, or nothing.
template <class Trainer, class Data>
[[gnu::cold]] std::string refusal(const Data& data, const char* which, const FitOptions& options) {
  if (options.epochs == 0) return "Trainer::fit: epochs must be at least 1, found 0; nothing was trained";
  if (options.evaluate_every == 0)
    return "Trainer::fit: evaluate_every must be at least 1, found 0; to evaluate once, make it as large as epochs";
  if (data.size() == 0)
    return sentence("Trainer::fit: the %s must hold at least one sample, found 0; nothing was trained", which);
  return why_unfit<Trainer::InputShape::size, Trainer::OutputShape::size>(data, "Trainer::fit", which);
}

/// Says where the first value lies that is not finite: the input data, the output of a layer, or the loss.
template <class Net, class Trainer>
[[gnu::cold]] std::string first_not_finite(const Trainer& trainer, const typename Net::value_type* inputs,
                                           std::size_t rows) {
  const auto all_finite = [](const auto* values, std::size_t count) {
    for (std::size_t i = 0; i < count; ++i)
      if (!(values[i] - values[i] == 0)) return false;
    return true;
  };
  if (!all_finite(inputs, rows * Net::input_shape::size)) return "in the input data";
  std::string where;
  for_each_index<Net::layer_count>([&](auto index) {
    constexpr std::size_t layer = index;
    const auto output = trainer.workspace().template output<layer>();
    for (std::size_t row = 0; where.empty() && row < output.count; ++row)
      if (!all_finite(output[row], output.columns))
        where = sentence("in the output of layer %zu (%s)", layer, LayerAt<typename Net::chain, layer>::name);
  });
  return where.empty() ? "in the loss" : where;
}

/// The state of one call of fit.
template <class Net, class TrainerType, class Data, class TestData>
class FitLoop {
  using T = typename Net::value_type;
  static constexpr std::size_t in = Net::input_shape::size;
  static constexpr std::size_t out = Net::output_shape::size;

 public:
  FitLoop(TrainerType& trainer, const Data& data, const TestData& test, const FitOptions& options)
      : trainer_{trainer}, data_{data}, test_{test}, options_{options}, best_network_(1, trainer.network()) {}

  [[gnu::cold]] History train() {
    if (flushes_subnormals())
      history_.warning =
          "Trainer::fit: the processor takes numbers near zero for zero (subnormal numbers are flushed), so that the "
          "bits "
          "differ from those of other programs; link without -ffast-math, or reset the mode before fit";
    const std::size_t steps_per_epoch = (data_.size() + TrainerType::batch - 1) / TrainerType::batch;
    trainer_.plan(options_.epochs, steps_per_epoch, options_.seed);
    for (std::size_t epoch = 0; epoch < options_.epochs && !stopped_; ++epoch) {
      const Permutation order{options_.seed, epoch, data_.size()};
      for (std::size_t step = 0; step < steps_per_epoch && !stopped_; ++step) {
        train_batch(order, epoch, step);
        const bool last_of_epoch = step + 1 == steps_per_epoch;
        if (!stopped_) report(epoch, last_of_epoch, evaluation_is_due(epoch, last_of_epoch));
      }
    }
    history_.training_seconds = watch_.seconds() - history_.evaluation_seconds;
    if (options_.early_stopping || history_.stop == Stop::not_finite) trainer_.network() = best_network_.front();
    return std::move(history_);
  }

 private:
  [[gnu::noinline]] void train_batch(const Permutation& order, std::size_t epoch, std::size_t step) {
    const std::size_t begin = step * TrainerType::batch;
    const std::size_t rest = data_.size() - begin;
    const std::size_t rows = rest < TrainerType::batch ? rest : TrainerType::batch;
    batch_of_epoch_ = step + 1;
    rows_ = rows;
    std::size_t next = order[begin];
    for (std::size_t row = 0; row < rows; ++row) {
      const std::size_t sample = next;
      if (row + 1 < rows) next = order[begin + row + 1];
      if constexpr (requires { data_.prefetch(next); }) data_.prefetch(next);
      detail::gather(data_, sample, epoch, inputs_.data() + row * in);
      targets_.gather(data_, sample, row);
    }
    rate_ = trainer_.learning_rate();
    const T loss = trainer_.step_on(inputs_.data(), targets_.view(), rows);
    if (!(loss - loss == 0))
      return stop_at(sentence("in epoch %zu, batch %zu", epoch + 1, step + 1), where_not_finite());
    loss_since_evaluation_ += static_cast<double>(loss) * static_cast<double>(rows);
    samples_since_evaluation_ += rows;
    history_.samples += rows;
  }

  bool evaluation_is_due(std::size_t epoch, bool last_of_epoch) const {
    if (last_of_epoch && epoch + 1 == options_.epochs) return true;
    if (options_.evaluate_every_steps > 0) return trainer_.progress().step % options_.evaluate_every_steps == 0;
    return last_of_epoch && (epoch + 1) % options_.evaluate_every == 0;
  }

  [[gnu::cold]] void report(std::size_t epoch, bool last_of_epoch, bool evaluate_now) {
    if (!evaluate_now && !last_of_epoch) return;
    const double mean_loss = loss_since_evaluation_ / static_cast<double>(samples_since_evaluation_);
    const Evaluation* const evaluation = evaluate_now ? evaluate_network(epoch, mean_loss) : nullptr;
    trainer_.notify(EpochReport{epoch + 1, options_.epochs, history_.samples, options_.epochs * data_.size(), mean_loss,
                                watch_.seconds(), rate_, evaluation});
  }

  [[gnu::cold]] const Evaluation* evaluate_network(std::size_t epoch, double training_loss) {
    const Stopwatch evaluating;
    Evaluation entry{evaluate(trainer_.network(), test_, trainer_.loss())};
    history_.evaluation_seconds += evaluating.seconds();
    entry.epoch = epoch + 1;
    entry.samples = history_.samples;
    entry.training_loss = training_loss;
    entry.seconds = watch_.seconds();
    entry.training_seconds = entry.seconds - history_.evaluation_seconds;
    entry.learning_rate = rate_;
    loss_since_evaluation_ = 0;
    samples_since_evaluation_ = 0;
    if (!(entry.loss - entry.loss == 0)) {
      // The last step caused it, so a second step on the same batch shows the layer. It changes only a network that is
      // going to be replaced.
      const T again = trainer_.step_on(inputs_.data(), targets_.view(), rows_);
      stop_at(sentence("at the evaluation after epoch %zu, batch %zu", epoch + 1, batch_of_epoch_),
              again - again == 0 ? "in the network's output for the test data" : where_not_finite());
      return nullptr;
    }
    if constexpr (requires { trainer_.optimizer().learning_rate.observe(0.0f); })
      trainer_.optimizer().learning_rate.observe(static_cast<float>(entry.loss));

    entry.best_so_far = history_.empty() || entry.loss < history_[history_.best].loss;
    if (entry.best_so_far) {
      history_.best = history_.size();
      best_network_.front() = trainer_.network();
      without_gain_ = 0;
    } else if (++without_gain_ >= options_.patience && options_.early_stopping) {
      history_.stop = Stop::no_gain;
      stopped_ = true;
    }
    history_.evaluations.push_back(std::move(entry));
    return &history_.evaluations.back();
  }

  std::string where_not_finite() const { return first_not_finite<Net>(trainer_, inputs_.data(), rows_); }

  [[gnu::cold]] void stop_at(const std::string& when, const std::string& where) {
    stopped_ = true;
    history_.stop = Stop::not_finite;
    const std::string restored =
        history_.empty() ? std::string{"as it was before training"}
                         : sentence("that of the best evaluation, after epoch %zu", history_[history_.best].epoch);
    history_.message = sentence(
        "Trainer::fit: the loss must be finite, but is not %s; the first such value is %s; lower "
        "the learning rate, clip gradients or check the data; the network is %s",
        when.c_str(), where.c_str(), restored.c_str());
  }

  TrainerType& trainer_;
  const Data& data_;
  const TestData& test_;
  const FitOptions& options_;
  std::vector<Net> best_network_;  // a single one; it may be too large for the stack
  std::vector<T> inputs_ = std::vector<T>(TrainerType::batch * in);
  TargetBatch<T, out, Data> targets_{TrainerType::batch};
  History history_{};
  Stopwatch watch_{};
  double loss_since_evaluation_ = 0;
  std::size_t samples_since_evaluation_ = 0;
  std::size_t without_gain_ = 0;
  std::size_t batch_of_epoch_ = 0;
  std::size_t rows_ = 0;  // of the last batch
  float rate_ = 0;
  bool stopped_ = false;
};

}  // namespace detail

/// Trains for whole epochs on shuffled data, evaluates on `test_data`, stops early if asked, and calls the callbacks.
/// The last batch of an epoch has the samples that are left, so it may be smaller. The same seed gives the same
/// network, bit for bit.
/// Errors:  as one sentence in `message` of the history, without an exception: no data, sizes or labels that do not
///          fit, a batch larger than the data (the network is unchanged); a loss that is not finite (the network is
///          that of the best evaluation).
template <class Net, class Loss, class Optimizer, std::size_t Batch, std::size_t MicroBatch>
template <class Data, class TestData>
[[gnu::cold]] History Trainer<Net, Loss, Optimizer, Batch, MicroBatch>::fit(const Data& training_data,
                                                                            const TestData& test_data,
                                                                            const FitOptions& options) {
  History refused;
  refused.stop = Stop::refused;
  refused.message = detail::refusal<Trainer>(training_data, "training data", options);
  if (refused.message.empty()) refused.message = detail::refusal<Trainer>(test_data, "test data", options);
  if (refused.message.empty() && training_data.size() < Batch)
    refused.message = detail::sentence(
        "Trainer::fit: the batch of %zu must not be larger than the training data, found "
        "%zu samples; take a smaller batch_size",
        Batch, training_data.size());
  if (!refused.message.empty()) return refused;
  return detail::FitLoop<Net, Trainer, Data, TestData>{*this, training_data, test_data, options}.train();
}

}  // namespace cortexpr

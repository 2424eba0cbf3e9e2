#pragma once

#include <cortexpr/core/stopwatch.hpp>
#include <cortexpr/core/subnormals.hpp>
#include <cortexpr/train/fit_options.hpp>
#include <cortexpr/train/history.hpp>
#include <cortexpr/train/not_finite.hpp>
#include <cortexpr/train/trainer.hpp>

#include <cstddef>
#include <cstdint>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

// The loop of Trainer::fit. Functions that do not run for each batch are marked cold, which halves the time that they
// take to compile.

namespace cortexpr {

namespace detail {

/// What fit can go back to: a network and the state of its training.
template <class Net>
struct Kept {
  std::vector<Net> network;  // a single one; it may be too large for the stack
  std::vector<typename Net::value_type> optimizer_state;
  std::uint64_t updates = 0;
  Progress progress{};
};

/// The state of one call of fit.
template <class Net, class TrainerType, class Data, class TestData>
class FitLoop {
  using T = typename Net::value_type;
  using OutputShape = typename Net::output_shape;
  static constexpr std::size_t in = Net::input_shape::size;

 public:
  FitLoop(TrainerType& trainer, const Data& data, const TestData& test, const FitOptions& options)
      : trainer_{trainer}, data_{data}, test_{test}, options_{options} {}

  [[gnu::cold]] History train() {
    if (flushes_subnormals())
      history_.warning =
          "Trainer::fit: the processor takes numbers near zero for zero (subnormal numbers are flushed), so that the "
          "bits "
          "differ from those of other programs; link without -ffast-math, or reset the mode before fit";
    const std::size_t steps_per_epoch = steps_of(data_.size(), TrainerType::batch);
    keep(start_);
    if (options_.restart) trainer_.forget();
    first_epoch_ = trainer_.progress_.epoch;
    last_epoch_ = first_epoch_ + options_.epochs;
    trainer_.progress_ = progress_after(trainer_.progress_, options_, steps_per_epoch);
    trainer_.steps_per_epoch_ = 0;  // the loop counts the epochs
    trainer_.seed_ = options_.seed;
    for (std::size_t epoch = first_epoch_; epoch < last_epoch_ && !stopped_; ++epoch) {
      const Permutation order{options_.seed, epoch, data_.size()};
      for (std::size_t step = 0; step < steps_per_epoch && !stopped_; ++step) {
        const bool last_of_epoch = step + 1 == steps_per_epoch;
        train_batch(order, epoch, step);
        if (last_of_epoch) trainer_.progress_.epoch = epoch + 1;
        if (!stopped_) report(epoch, last_of_epoch, evaluation_is_due(epoch, last_of_epoch));
        if (options_.stop != nullptr && options_.stop->stop_requested()) stop(Stop::requested);
      }
      if (history_.stop == Stop::requested) trainer_.progress_.epoch = epoch + 1;
    }
    history_.training_seconds = watch_.seconds() - history_.evaluation_seconds;
    finish();
    return std::move(history_);
  }

 private:
  [[gnu::noinline]] void train_batch(const Permutation& order, std::size_t epoch, std::size_t step) {
    const std::size_t begin = step * TrainerType::batch;
    const std::size_t rest = data_.size() - begin;
    batch_of_epoch_ = step + 1;
    rows_ = rest < TrainerType::batch ? rest : TrainerType::batch;
    for (std::size_t row = 0; row < rows_; ++row) samples_[row] = options_.shuffle ? order[begin + row] : begin + row;
    for (std::size_t row = 0; row < rows_; ++row) {
      if constexpr (requires { data_.prefetch(samples_[row]); })
        if (row + 1 < rows_) data_.prefetch(samples_[row + 1]);
      detail::gather(data_, samples_[row], epoch, inputs_.data() + row * in);
      targets_.gather(data_, samples_[row], row);
    }
    rate_ = trainer_.learning_rate();
    const T loss = rate_ >= 0 ? trainer_.step_on(inputs_.data(), targets_.view(), rows_) : T(0);
    if (std::string reason = why_not_rate(rate_); !reason.empty() || !(loss - loss == 0)) {
      const std::string when = sentence("in epoch %zu, batch %zu", epoch + 1, step + 1);
      return reason.empty() ? stop_at(when, where_not_finite()) : stop_at_rate(when, reason);
    }
    const auto weight = targets_.view().template weight<double>(
        trainer_.loss(), 0, rows_, positions_of<std::remove_cvref_t<decltype(trainer_.loss())>, OutputShape>);
    loss_since_evaluation_ += static_cast<double>(loss) * weight;
    weight_since_evaluation_ += weight;
    history_.samples += rows_;
  }

  bool evaluation_is_due(std::size_t epoch, bool last_of_epoch) const {
    if (last_of_epoch && epoch + 1 == last_epoch_) return true;
    if (options_.evaluate_every_steps > 0) return trainer_.progress().step % options_.evaluate_every_steps == 0;
    return last_of_epoch && (epoch + 1) % options_.evaluate_every == 0;
  }

  [[gnu::cold]] void report(std::size_t epoch, bool last_of_epoch, bool evaluate_now) {
    if (!evaluate_now && !last_of_epoch) return;
    const double mean_loss = loss_since_evaluation_ / weight_since_evaluation_;
    const Evaluation* const evaluation = evaluate_now ? evaluate_network(epoch, mean_loss) : nullptr;
    if (!trainer_.notify(EpochReport{epoch + 1, last_epoch_, history_.samples, options_.epochs * data_.size(),
                                     mean_loss, watch_.seconds(), rate_, evaluation}))
      stop(Stop::requested);
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
    weight_since_evaluation_ = 0;
    if (!(entry.loss - entry.loss == 0)) {
      // The last step caused it, so a second step on the same batch shows the layer. It changes only a network that is
      // going to be replaced.
      const T again = trainer_.step_on(inputs_.data(), targets_.view(), rows_);
      stop_at(sentence("at the evaluation after epoch %zu, batch %zu", epoch + 1, batch_of_epoch_),
              again - again == 0 ? where_in_test_data() : where_not_finite());
      return nullptr;
    }
    if constexpr (requires { trainer_.optimizer().learning_rate.observe(0.0f); })
      trainer_.optimizer().learning_rate.observe(static_cast<float>(entry.loss));

    entry.best_so_far = history_.empty() || entry.loss < history_[history_.best].loss;
    if (entry.best_so_far) {
      history_.best = history_.size();
      keep(best_);
      without_gain_ = 0;
    } else if (++without_gain_ >= options_.patience && options_.early_stopping) {
      stop(Stop::no_gain);
    }
    history_.evaluations.push_back(std::move(entry));
    return &history_.evaluations.back();
  }

  void stop(Stop why) {
    if (!stopped_) history_.stop = why;
    stopped_ = true;
  }

  void keep(Kept<Net>& to) const {
    const auto state = trainer_.optimizer_state();
    to.network.assign(1, trainer_.network());
    to.optimizer_state.assign(state.begin(), state.end());
    to.updates = trainer_.updates_;
    to.progress = trainer_.progress_;
  }
  void go_back_to(const Kept<Net>& kept) {
    const auto state = trainer_.optimizer_state();
    trainer_.network() = kept.network.front();
    for (std::size_t i = 0; i < state.size(); ++i) state[i] = kept.optimizer_state[i];
    trainer_.updates_ = kept.updates;
  }

  /// Goes back to the best network if training was to stop there, or if it has failed.
  [[gnu::cold]] void finish() {
    if (history_.stop == Stop::not_finite) {
      const bool start_is_best = history_.empty() || evaluate(start_.network.front(), test_, trainer_.loss()).loss <
                                                         history_[history_.best].loss;
      const Kept<Net>& kept = start_is_best ? start_ : best_;
      go_back_to(kept);
      trainer_.progress_ = kept.progress;
      history_.message += start_is_best
                              ? std::string{"as it was before training"}
                              : sentence("that of the best evaluation, after epoch %zu", history_[history_.best].epoch);
    } else if (options_.early_stopping && !history_.empty()) {
      go_back_to(best_);
    }
  }

  std::string where_not_finite() const {
    for (std::size_t row = 0; row < rows_; ++row)
      if (const std::size_t i = first_not_finite(inputs_.data() + row * in, in); i < in)
        return sentence("in the input data, value %zu of sample %zu", i, samples_[row]);
    for (std::size_t row = 0; row < rows_; ++row)
      if (const auto target = targets_.values(row); first_not_finite(target.data(), target.size()) < target.size())
        return sentence("in the target of sample %zu", samples_[row]);
    return layer_not_finite<Net>(trainer_);
  }

  [[gnu::cold]] std::string where_in_test_data() {
    TargetBatch<T, OutputShape, TestData> target{1};
    for (std::size_t sample = 0; sample < test_.size(); ++sample) {
      detail::gather(test_, sample, 0, inputs_.data());
      target.gather(test_, sample, 0);
      const auto values = target.values(0);
      if (const std::size_t i = first_not_finite(inputs_.data(), in); i < in)
        return sentence("in the test data, value %zu of sample %zu", i, sample);
      if (first_not_finite(values.data(), values.size()) < values.size())
        return sentence("in the target of sample %zu of the test data", sample);
    }
    return "in the network's output for the test data";
  }

  [[gnu::cold]] void stop_at(const std::string& when, const std::string& where) {
    stop(Stop::not_finite);
    history_.message = sentence(
        "Trainer::fit: the loss must be finite, but is not %s; the first such value is %s; lower "
        "the learning rate, clip gradients or check the data; the network is ",
        when.c_str(), where.c_str());
  }
  [[gnu::cold]] void stop_at_rate(const std::string& when, const std::string& reason) {
    stop(Stop::not_finite);
    history_.message = sentence("%s %s; correct the schedule; the network is ", reason.c_str(), when.c_str());
  }

  TrainerType& trainer_;
  const Data& data_;
  const TestData& test_;
  const FitOptions& options_;
  Kept<Net> start_, best_;
  std::vector<T> inputs_ = std::vector<T>(TrainerType::batch * in);
  std::vector<std::size_t> samples_ = std::vector<std::size_t>(TrainerType::batch);  // of the last batch
  TargetBatch<T, OutputShape, Data> targets_{TrainerType::batch};
  History history_{};
  Stopwatch watch_{};
  std::size_t first_epoch_ = 0, last_epoch_ = 0;
  double loss_since_evaluation_ = 0;
  double weight_since_evaluation_ = 0;
  std::size_t without_gain_ = 0;
  std::size_t batch_of_epoch_ = 0;
  std::size_t rows_ = 0;  // of the last batch
  float rate_ = 0;
  bool stopped_ = false;
};

}  // namespace detail
}  // namespace cortexpr

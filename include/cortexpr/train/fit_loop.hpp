#pragma once

#include <cortexpr/core/stopwatch.hpp>
#include <cortexpr/core/subnormals.hpp>
#include <cortexpr/train/fit_batch.hpp>
#include <cortexpr/train/fit_options.hpp>
#include <cortexpr/train/fit_state.hpp>
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

/// One call of fit.
template <class Net, class TrainerType, class Data, class TestData>
class FitLoop {
  using T = typename Net::value_type;
  using OutputShape = typename Net::output_shape;
  static constexpr std::size_t in = Net::input_shape::size;

 public:
  FitLoop(TrainerType& trainer, const Data& data, const TestData& test, const FitOptions& options)
      : trainer_{trainer}, data_{data}, test_{test}, options_{options} {}

  [[gnu::cold]] History train() {
    const std::size_t steps_per_epoch = steps_of(data_.size(), TrainerType::batch);
    begin(steps_per_epoch);
    for (; state_.epoch < last_epoch_ && !stopped_; ++state_.epoch, state_.step = 0) {
      const std::size_t epoch = state_.epoch;
      const Permutation order{options_.seed, epoch, data_.size()};
      while (state_.step < steps_per_epoch && !stopped_) {
        const std::size_t step = state_.step++;
        const bool last_of_epoch = step + 1 == steps_per_epoch;
        train_batch(order, epoch, step);
        if (last_of_epoch) trainer_.progress_.epoch = epoch + 1;
        if (!stopped_) report(epoch, last_of_epoch, evaluation_is_due(epoch, last_of_epoch));
        if (options_.stop != nullptr && options_.stop->stop_requested()) stop(Stop::requested);
      }
      // Another call begins with the next epoch; after `resume` the rest of this one follows.
      if (history_.stop == Stop::requested) {
        keep(state_.stopped);
        trainer_.progress_.epoch = epoch + 1;
        break;
      }
    }
    history_.training_seconds = seconds() - history_.evaluation_seconds;
    finish();
    if (history_.stop == Stop::requested) {
      state_.seconds = seconds();
      return history_;
    }
    History result = std::move(history_);
    state_ = {};
    return result;
  }

 private:
  /// Begins a call, or goes on with the one that `resume` found interrupted.
  [[gnu::cold]] void begin(std::size_t steps_per_epoch) {
    if (std::exchange(state_.is_interrupted, false)) {
      stopped_ = history_.stop == Stop::no_gain;
      if (!stopped_) history_.stop = Stop::finished;
      if (state_.step >= steps_per_epoch) {
        ++state_.epoch;
        state_.step = 0;
      }
    } else {
      state_ = {};
      keep(state_.start);
      if (options_.restart) trainer_.forget();
      state_.first_epoch = state_.epoch = trainer_.progress_.epoch;
      state_.first_step = trainer_.progress_.step;
      state_.samples = data_.size();
    }
    state_.has_rest = true;
    last_epoch_ = state_.first_epoch + options_.epochs;
    const Progress of_call = progress_after({state_.first_epoch, 0, state_.first_step, 0}, options_, steps_per_epoch);
    trainer_.progress_.epoch = state_.epoch;
    trainer_.progress_.epochs = of_call.epochs;
    trainer_.progress_.steps = of_call.steps;
    trainer_.steps_per_epoch_ = 0;  // the loop counts the epochs
    trainer_.seed_ = options_.seed;
    if (flushes_subnormals())
      history_.warning =
          "Trainer::fit: the processor takes numbers near zero for zero (subnormal numbers are flushed), so that the "
          "bits differ from those of other programs; link without -ffast-math, or reset the mode before fit";
  }

  /// Since the call began, in all processes that took part in it.
  double seconds() const { return state_.seconds + watch_.seconds(); }

  [[gnu::noinline]] void train_batch(const Permutation& order, std::size_t epoch, std::size_t step) {
    batch_of_epoch_ = step + 1;
    batch_.gather(order, options_.shuffle, step, epoch);
    state_.rate = trainer_.learning_rate();
    const T loss = state_.rate >= 0 ? trainer_.step_on(batch_.inputs(), batch_.targets(), batch_.rows()) : T(0);
    if (std::string reason = why_not_rate(state_.rate); !reason.empty() || !(loss - loss == 0)) {
      const std::string when = sentence("in epoch %zu, batch %zu", epoch + 1, step + 1);
      return reason.empty() ? stop_at(when, batch_.where_not_finite(trainer_)) : stop_at_rate(when, reason);
    }
    const auto weight = batch_.targets().template weight<double>(
        trainer_.loss(), 0, batch_.rows(), positions_of<std::remove_cvref_t<decltype(trainer_.loss())>, OutputShape>);
    state_.loss_since_evaluation += static_cast<double>(loss) * weight;
    state_.weight_since_evaluation += weight;
    history_.samples += batch_.rows();
  }

  bool evaluation_is_due(std::size_t epoch, bool last_of_epoch) const {
    if (last_of_epoch && epoch + 1 == last_epoch_) return true;
    if (options_.evaluate_every_steps > 0) return trainer_.progress().step % options_.evaluate_every_steps == 0;
    return last_of_epoch && (epoch + 1) % options_.evaluate_every == 0;
  }

  [[gnu::cold]] void report(std::size_t epoch, bool last_of_epoch, bool evaluate_now) {
    if (!evaluate_now && !last_of_epoch) return;
    const double mean_loss = state_.loss_since_evaluation / state_.weight_since_evaluation;
    const Evaluation* const evaluation = evaluate_now ? evaluate_network(epoch, mean_loss) : nullptr;
    if (!trainer_.notify(EpochReport{epoch + 1, last_epoch_, history_.samples, options_.epochs * data_.size(),
                                     mean_loss, seconds(), state_.rate, evaluation}))
      stop(Stop::requested);
  }

  [[gnu::cold]] const Evaluation* evaluate_network(std::size_t epoch, double training_loss) {
    const Stopwatch evaluating;
    Evaluation entry{evaluate(trainer_.network(), test_, trainer_.loss())};
    history_.evaluation_seconds += evaluating.seconds();
    entry.epoch = epoch + 1;
    entry.samples = history_.samples;
    entry.training_loss = training_loss;
    entry.seconds = seconds();
    entry.training_seconds = entry.seconds - history_.evaluation_seconds;
    entry.learning_rate = state_.rate;
    state_.loss_since_evaluation = 0;
    state_.weight_since_evaluation = 0;
    if (!(entry.loss - entry.loss == 0)) {
      // The last step caused it, so a second step on the same batch shows the layer. It changes only a network that is
      // going to be replaced.
      const T again = trainer_.step_on(batch_.inputs(), batch_.targets(), batch_.rows());
      stop_at(sentence("at the evaluation after epoch %zu, batch %zu", epoch + 1, batch_of_epoch_),
              again - again == 0 ? where_in_test_data() : batch_.where_not_finite(trainer_));
      return nullptr;
    }
    if constexpr (requires { trainer_.optimizer().learning_rate.observe(0.0f); })
      trainer_.optimizer().learning_rate.observe(static_cast<float>(entry.loss));

    entry.best_so_far = history_.empty() || entry.loss < history_[history_.best].loss;
    if (entry.best_so_far) {
      history_.best = history_.size();
      keep(state_.best);
      state_.without_gain = 0;
    } else if (++state_.without_gain >= options_.patience && options_.early_stopping) {
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
      const bool start_is_best =
          history_.empty() ||
          evaluate(state_.start.network.front(), test_, trainer_.loss()).loss < history_[history_.best].loss;
      const Kept<Net>& kept = start_is_best ? state_.start : state_.best;
      go_back_to(kept);
      trainer_.progress_ = kept.progress;
      history_.message += start_is_best
                              ? std::string{"as it was before training"}
                              : sentence("that of the best evaluation, after epoch %zu", history_[history_.best].epoch);
    } else if (options_.early_stopping && !history_.empty()) {
      go_back_to(state_.best);
    }
  }

  [[gnu::cold]] std::string where_in_test_data() {
    std::vector<T> input(in);
    TargetBatch<T, OutputShape, TestData> target{1};
    for (std::size_t sample = 0; sample < test_.size(); ++sample) {
      detail::gather(test_, sample, 0, input.data());
      target.gather(test_, sample, 0);
      const auto values = target.values(0);
      if (const std::size_t i = first_not_finite(input.data(), in); i < in)
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
  FitState<Net>& state_ = trainer_.fit_state_.get();
  History& history_ = state_.history;
  FitBatch<TrainerType, Data> batch_{data_};  // the last one
  Stopwatch watch_{};
  std::size_t last_epoch_ = 0;
  std::size_t batch_of_epoch_ = 0;
  bool stopped_ = false;
};

}  // namespace detail
}  // namespace cortexpr

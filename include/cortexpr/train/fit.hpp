#pragma once

#include <cortexpr/train/fit_loop.hpp>

// Trainer::fit, for hosted programs.

namespace cortexpr {

/// Trains for whole epochs on shuffled data, evaluates on `test_data`, stops early if asked, and calls the callbacks.
/// The last batch of an epoch has the samples that are left, so it may be smaller. The same seed gives the same
/// network, bit for bit.
/// A second call goes on where the first one ended: with the next order of the samples, the next masks of dropout and
/// distortions, and the schedule. Calls of e epochs give the bits of one call of all epochs if `planned_epochs` tells
/// the schedule how many these are.
/// Errors:  as one sentence in `message` of the history, without an exception: no data, sizes or labels that do not
///          fit, a batch larger than the data (the network is unchanged); a loss that is not finite (the network is
///          that of the best evaluation).
template <class Net, class Loss, class Optimizer, std::size_t Batch, std::size_t MicroBatch, class Placement>
template <class Data, class TestData>
[[gnu::cold]] History Trainer<Net, Loss, Optimizer, Batch, MicroBatch, Placement>::fit(const Data& training_data,
                                                                                       const TestData& test_data,
                                                                                       const FitOptions& options) {
  History refused;
  refused.stop = Stop::refused;
  const detail::FitState<Net>* const state = fit_state_.find();
  const bool goes_on = state != nullptr && state->is_interrupted;
  const std::size_t done = goes_on ? state->first_epoch : options.restart ? 0 : progress_.epoch;
  const auto refuse_for = [&](const std::string& reason) {
    if (refused.message.empty()) refused.message = reason;
  };
  refuse_for(detail::why_not_these(options, done, training_data.size()));
  refuse_for(detail::why_not_data<Trainer>(training_data, loss_, "training data"));
  refuse_for(detail::why_not_data<Trainer>(test_data, loss_, "test data"));
  refuse_for(detail::why_out_of_range(optimizer_));
  refuse_for(detail::why_out_of_range(loss_));
  if (const char* const reason = detail::refusal_of<Net>(loss_); reason != nullptr) refuse_for(reason);
  if (training_data.size() < Batch)
    refuse_for(
        detail::sentence("Trainer::fit: the batch of %zu must not be larger than the training data, found "
                         "%zu samples; take a smaller batch_size",
                         Batch, training_data.size()));
  // The samples of the last micro-batch of an epoch.
  const std::size_t last = (training_data.size() % Batch + MicroBatch - 1) % MicroBatch + 1;
  if (!detail::has_variances<Net>(last))
    refuse_for(detail::sentence(
        "Trainer::fit: the last batch of an epoch has one sample of %zu, of which BatchNorm can take no variance; "
        "leave out a sample or take another batch_size",
        training_data.size()));
  if (goes_on && state->samples != training_data.size())
    refuse_for(detail::sentence(
        "Trainer::fit: the training data must be those of the call that was interrupted, %zu samples, found %zu; give "
        "the same data, or do not resume",
        state->samples, training_data.size()));
  if (!refused.message.empty()) return refused;

  // An optimizer that begins anew also begins its schedule anew.
  Optimizer first = optimizer_;
  if (options.restart && !goes_on) detail::restart_schedule(first);
  const Progress begin = detail::progress_after(options.restart && !goes_on ? Progress{} : progress_, options,
                                                detail::steps_of(training_data.size(), Batch));
  if (const std::string reason = detail::why_not_rate(detail::learning_rate_of(first.learning_rate, begin));
      !reason.empty())
    refuse_for(reason + "; nothing was trained");
  if (!refused.message.empty()) return refused;
  return detail::FitLoop<Net, Trainer, Data, TestData>{*this, training_data, test_data, options}.train();
}

}  // namespace cortexpr

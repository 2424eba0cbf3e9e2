#pragma once

#include <cortexpr/core/error.hpp>
#include <cortexpr/core/random.hpp>
#include <cortexpr/train/batch.hpp>
#include <cortexpr/train/schedule.hpp>
#include <cortexpr/train/stop_token.hpp>

#include <cstddef>
#include <limits>
#include <string>

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
  /// The length of training that schedules go by, over all calls; 0 is the epochs done before and those of this call.
  std::size_t planned_epochs = 0;
  /// Whether order, masks, distortions, schedule and optimizer begin anew, as in a new trainer.
  bool restart = false;
  /// Whether each epoch takes the samples in a new random order; else in the order of the data.
  bool shuffle = true;
  /// If not null, fit ends after the step in which a stop is requested.
  const StopToken* stop = nullptr;
};

namespace detail {

/// The first setting that lies outside of its range, as one sentence. A NaN lies outside of every range.
class SettingsCheck {
 public:
  enum class Range { not_negative, positive, below_one, up_to_one };

  [[gnu::cold]] void operator()(const char* name, double value, Range range) {
    constexpr const char* texts[] = {"of at least 0", "above 0", "of at least 0 and below 1", "from 0 to 1"};
    const bool inside[] = {value >= 0 && value - value == 0, value > 0, value >= 0 && value < 1,
                           value >= 0 && value <= 1};
    const auto index = static_cast<std::size_t>(range);
    if (reason.empty() && !inside[index])
      reason =
          sentence("Trainer::fit: %s must be a number %s, found %g; nothing was trained", name, texts[index], value);
  }

  std::string reason;
};

/// Why the settings of an optimizer or a loss are out of range; else nothing. They are known by their names, so this
/// holds for those of users, too.
template <class Settings>
[[gnu::cold]] std::string why_out_of_range(const Settings& of) {
  using enum SettingsCheck::Range;
  SettingsCheck check;
  if constexpr (requires { static_cast<double>(of.weight_decay); })
    check("weight_decay", static_cast<double>(of.weight_decay), not_negative);
  if constexpr (requires { static_cast<double>(of.momentum); })
    check("momentum", static_cast<double>(of.momentum), below_one);
  if constexpr (requires { static_cast<double>(of.beta1); }) check("beta1", static_cast<double>(of.beta1), below_one);
  if constexpr (requires { static_cast<double>(of.beta2); }) check("beta2", static_cast<double>(of.beta2), below_one);
  if constexpr (requires { static_cast<double>(of.decay); }) check("decay", static_cast<double>(of.decay), up_to_one);
  if constexpr (requires { static_cast<double>(of.epsilon); })
    check("epsilon", static_cast<double>(of.epsilon), not_negative);
  if constexpr (requires { static_cast<double>(of.clip_norm); })
    check("clip_norm", static_cast<double>(of.clip_norm), positive);
  if constexpr (requires { static_cast<double>(of.delta); }) check("delta", static_cast<double>(of.delta), positive);
  return check.reason;
}

/// Why these options are not possible after `done` epochs and for steps of `batch` samples; else nothing.
[[gnu::cold]] inline std::string why_not_these(const FitOptions& options, std::size_t done, std::size_t samples) {
  if (options.epochs == 0) return "Trainer::fit: epochs must be at least 1, found 0; nothing was trained";
  if (options.evaluate_every == 0)
    return "Trainer::fit: evaluate_every must be at least 1, found 0; to evaluate once, make it as large as epochs";
  const std::size_t most = std::numeric_limits<std::size_t>::max() / 2 / (samples > 0 ? samples : 1);
  if (options.epochs > most || options.epochs > most - done)
    return sentence("Trainer::fit: epochs must be at most %zu for %zu samples, found %zu; nothing was trained", most,
                    samples, options.epochs);
  if (options.planned_epochs > 0 && options.planned_epochs < done + options.epochs)
    return sentence(
        "Trainer::fit: planned_epochs must be at least the %zu epochs done and the %zu of this call, found %zu; "
        "nothing was trained",
        done, options.epochs, options.planned_epochs);
  if (options.planned_epochs > most)
    return sentence("Trainer::fit: planned_epochs must be at most %zu for %zu samples, found %zu; nothing was trained",
                    most, samples, options.planned_epochs);
  return {};
}

inline std::size_t steps_of(std::size_t samples, std::size_t batch) { return (samples + batch - 1) / batch; }

/// The progress from which a call of fit goes on after `before`.
inline Progress progress_after(const Progress& before, const FitOptions& options, std::size_t steps_per_epoch) {
  const std::size_t epochs = options.planned_epochs > 0 ? options.planned_epochs : before.epoch + options.epochs;
  return {before.epoch, epochs, before.step, before.step + (epochs - before.epoch) * steps_per_epoch};
}

/// Why a learning rate is out of range; else nothing.
[[gnu::cold]] inline std::string why_not_rate(float rate) {
  if (rate >= 0 && rate - rate == 0) return {};
  return sentence("Trainer::fit: the learning rate must be a finite number of at least 0, found %g",
                  static_cast<double>(rate));
}

/// Why fit cannot take the data; else nothing.
template <class TrainerType, class Data, class AnyLoss>
[[gnu::cold]] std::string why_not_data(const Data& data, const AnyLoss& loss, const char* which) {
  if (data.size() == 0)
    return sentence("Trainer::fit: the %s must hold at least one sample, found 0; nothing was trained", which);
  return why_unfit<TrainerType::InputShape::size, typename TrainerType::OutputShape>(data, loss, "Trainer::fit", which);
}

}  // namespace detail
}  // namespace cortexpr

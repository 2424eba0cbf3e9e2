#pragma once

#include <cortexpr/config.hpp>

#include <concepts>
#include <cstddef>

// A schedule computes the learning rate of a step from the progress of training:
//
//   struct Halving {
//     float rate = 0.1f;
//     constexpr float operator()(const cx::Progress& progress) const { return rate / float(1 + progress.epoch); }
//   };
//
// A lambda is one too, and a plain number is a constant rate. A schedule with a member `observe(float)` receives the
// validation loss after each evaluation of `fit`; if it has a member `restart()`, `fit` with .restart calls it first. Its
// member `visit_state(action)` calls action(value) for each number that observe changes, for checkpoints.

namespace cortexpr {

/// The epoch and the step that come next, both counted from 0, and how many there will be; 0 if that is unknown, as in a
/// loop of steps without Trainer::plan.
struct Progress {
  std::size_t epoch = 0;
  std::size_t epochs = 0;
  std::size_t step = 0;
  std::size_t steps = 0;

  /// 0 in the first epoch, 1 in the last one and after it, linear in between.
  [[nodiscard]] constexpr float of_epochs() const noexcept {
    if (epochs < 2 || epoch + 1 >= epochs) return epochs < 2 ? 0.0f : 1.0f;
    return static_cast<float>(epoch) / static_cast<float>(epochs - 1);
  }
};

/// Anything that returns the learning rate when it is called with the progress. Examples: schedules.hpp
template <class Candidate>
concept Schedule = requires(const Candidate& schedule, const Progress& progress) {
  { schedule(progress) } -> std::convertible_to<float>;
};

namespace detail {

/// What the member `learning_rate` of an optimizer may be.
template <class Candidate>
concept NumberOrSchedule = Schedule<Candidate> || std::convertible_to<Candidate, float>;

template <NumberOrSchedule Rate>
[[nodiscard]] constexpr float learning_rate_of(const Rate& rate, const Progress& progress) {
  if constexpr (Schedule<Rate>)
    return static_cast<float>(rate(progress));
  else
    return static_cast<float>(rate);
}

template <class Optimizer>
constexpr void restart_schedule(Optimizer& optimizer) {
  if constexpr (requires { optimizer.learning_rate.restart(); }) optimizer.learning_rate.restart();
}

}  // namespace detail
}  // namespace cortexpr

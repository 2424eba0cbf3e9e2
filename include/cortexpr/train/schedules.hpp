#pragma once

#include <cortexpr/simd/scalar_math.hpp>

#include <cstddef>
#include <initializer_list>

// A schedule tells the learning rate from how far training has come. A plain number is the schedule that stays.

namespace cortexpr {

/// How far training has come: the epoch and the step that are about to run, both from 0, and how many there will be.
struct Progress {
  std::size_t epoch = 0;
  std::size_t epochs = 1;
  std::size_t step = 0;
  std::size_t steps = 1;

  /// From 0 in the first epoch to 1 in the last one and after it.
  [[nodiscard]] constexpr float of_epochs() const {
    if (epochs < 2 || epoch + 1 >= epochs) return epochs < 2 ? 0.0f : 1.0f;
    return static_cast<float>(epoch) / static_cast<float>(epochs - 1);
  }
};

namespace detail {

/// (1 + cos(pi t)) / 2 for t in [0, 1], within 1e-7: falls from 1 to 0.
constexpr float half_cosine(float t) {
  const float u = 3.14159265f * (0.5f - t);
  const float v = u * u;
  const float high = (-2.50521084e-8f * v + 2.75573192e-6f) * v - 1.98412698e-4f;
  const float sine = ((high * v + 8.33333333e-3f) * v - 1.66666667e-1f) * v + 1.0f;
  return 0.5f + 0.5f * sine * u;
}

}  // namespace detail

/// Always the same rate.
struct Constant {
  float rate = 0.1f;
  [[nodiscard]] constexpr float operator()(const Progress&) const { return rate; }
};

/// from - (from - to) t / (N - 1) in epoch t of N: the last epoch runs at `to`.
struct LinearDecay {
  float from = 0.1f;
  float to = 0.01f;
  [[nodiscard]] constexpr float operator()(const Progress& progress) const {
    return from - (from - to) * progress.of_epochs();
  }
};

/// from (to / from)^(t / (N - 1)) in epoch t of N: the last epoch runs at `to`. A `to` of 0 counts as from / 10^7,
/// because no factor leads to 0.
struct ExponentialDecay {
  float from = 0.1f;
  float to = 0.01f;
  [[nodiscard]] constexpr float operator()(const Progress& progress) const {
    const float ratio = to > from * 1e-7f ? to / from : 1e-7f;
    return from * math::exp(progress.of_epochs() * math::log(ratio));
  }
};

/// to + (from - to) (1 + cos(pi t / (N - 1))) / 2 in epoch t of N.
/// Source: Loshchilov, Hutter, "SGDR: stochastic gradient descent with warm restarts", 2017, eq. 5, without restarts.
struct CosineDecay {
  float from = 0.1f;
  float to = 0.0f;
  [[nodiscard]] constexpr float operator()(const Progress& progress) const {
    return to + (from - to) * detail::half_cosine(progress.of_epochs());
  }
};

/// Step by step up to `peak` in the first `rising` part of training, then down, both along half a cosine: from
/// peak / start_divisor, to peak / start_divisor / end_divisor.
/// Source: Smith, Topin, "Super-convergence", 2018, in PyTorch's form.
struct OneCycle {
  float peak = 0.01f;
  float rising = 0.3f;
  float start_divisor = 25.0f;
  float end_divisor = 1e4f;

  [[nodiscard]] constexpr float operator()(const Progress& progress) const {
    const float start = peak / start_divisor;
    const float end = start / end_divisor;
    const float last = static_cast<float>(progress.steps) - 1;
    const float top = rising * static_cast<float>(progress.steps) - 1;
    const float at = static_cast<float>(progress.step);
    if (at <= top) return peak + (start - peak) * detail::half_cosine(top > 0 ? at / top : 1.0f);
    const float part = last > top ? (at - top) / (last - top) : 1.0f;
    return end + (peak - end) * detail::half_cosine(part < 1 ? part : 1.0f);
  }
};

/// `rate`, multiplied by `factor` whenever the validation loss has not fallen below its best for more than `patience`
/// evaluations in a row; never below `lowest`.
struct ReduceOnPlateau {
  float rate = 0.1f;
  float factor = 0.1f;
  std::size_t patience = 10;
  float lowest = 0.0f;

  [[nodiscard]] constexpr float operator()(const Progress&) const { return rate; }

  /// Called after each evaluation.
  constexpr void observe(float validation_loss) {
    if (!seen_any || validation_loss < best) {
      best = validation_loss;
      seen_any = true;
      evaluations_without_gain = 0;
    } else if (++evaluations_without_gain > patience) {
      rate = rate * factor > lowest ? rate * factor : lowest;
      evaluations_without_gain = 0;
    }
  }

  float best = 0.0f;
  bool seen_any = false;
  std::size_t evaluations_without_gain = 0;
};

/// A linear rise from 1 / steps of the rate over the first `steps` steps, around any schedule.
template <class Schedule>
struct Warmup {
  std::size_t steps;
  Schedule schedule;

  [[nodiscard]] constexpr float operator()(const Progress& progress) const {
    const float rate = schedule(progress);
    if (progress.step >= steps) return rate;
    return rate * static_cast<float>(progress.step + 1) / static_cast<float>(steps);
  }
  constexpr void observe(float validation_loss)
    requires requires { schedule.observe(validation_loss); }
  {
    schedule.observe(validation_loss);
  }
};
template <class Schedule>
Warmup(int, Schedule) -> Warmup<Schedule>;

/// The rate of a schedule, or the number itself.
template <class Rate>
[[nodiscard]] constexpr float learning_rate_of(const Rate& rate, const Progress& progress) {
  if constexpr (requires { rate(progress); })
    return rate(progress);
  else
    return static_cast<float>(rate);
}

}  // namespace cortexpr

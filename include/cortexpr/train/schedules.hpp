#pragma once

#include <cortexpr/simd/scalar_math.hpp>
#include <cortexpr/train/schedule.hpp>

#include <cstddef>

// The schedules. train/schedule.hpp describes the members of one.

namespace cortexpr {

namespace detail {

/// (1 + cos(pi t)) / 2 for t in [0, 1], which falls from 1 to 0. The absolute error is below 1e-7.
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
  [[nodiscard]] constexpr float operator()(const Progress&) const noexcept { return rate; }
};

/// from - (from - to) t / (N - 1) in epoch t = 0, ..., N - 1 of N.
struct LinearDecay {
  float from = 0.1f;
  float to = 0.01f;
  [[nodiscard]] constexpr float operator()(const Progress& progress) const noexcept {
    return from - (from - to) * progress.of_epochs();
  }
};

/// from (to / from)^(t / (N - 1)) in epoch t = 0, ..., N - 1 of N. The formula needs to / from > 0; a ratio below 1e-7,
/// also that of `to = 0`, is replaced by 1e-7.
struct ExponentialDecay {
  float from = 0.1f;
  float to = 0.01f;
  [[nodiscard]] constexpr float operator()(const Progress& progress) const noexcept {
    const float ratio = to > from * 1e-7f ? to / from : 1e-7f;
    return from * math::exp(progress.of_epochs() * math::log(ratio));
  }
};

/// to + (from - to) (1 + cos(pi t / (N - 1))) / 2 in epoch t = 0, ..., N - 1 of N.
/// Source: Loshchilov, Hutter, "SGDR: stochastic gradient descent with warm restarts", 2017, eq. 5, without restarts.
struct CosineDecay {
  float from = 0.1f;
  float to = 0.0f;
  [[nodiscard]] constexpr float operator()(const Progress& progress) const noexcept {
    return to + (from - to) * detail::half_cosine(progress.of_epochs());
  }
};

/// Changes with each step. During the first `rising` (a fraction) of all steps the rate rises from peak / start_divisor
/// to `peak`, then it falls to peak / start_divisor / end_divisor; both follow half a cosine. If the number of steps is
/// unknown, it is always `peak`.
/// Source: Smith, Topin, "Super-convergence", 2018, as PyTorch's OneCycleLR implements it.
struct OneCycle {
  float peak = 0.01f;
  float rising = 0.3f;
  float start_divisor = 25.0f;
  float end_divisor = 1e4f;

  [[nodiscard]] constexpr float operator()(const Progress& progress) const noexcept {
    if (progress.steps == 0) return peak;
    const float start = peak / start_divisor;
    const float end = start / end_divisor;
    const float last = static_cast<float>(progress.steps) - 1;
    const float top = rising * static_cast<float>(progress.steps) - 1;
    const float at = static_cast<float>(progress.step);
    if (at <= top) return peak + (start - peak) * detail::half_cosine(top > 0 ? at / top : 1.0f);
    const float fallen = last > top ? (at - top) / (last - top) : 1.0f;
    return end + (peak - end) * detail::half_cosine(fallen < 1 ? fallen : 1.0f);
  }
};

/// `rate`, which is multiplied by `factor` when more than `patience` evaluations in a row have not found a validation
/// loss below the best so far; never below `lowest`.
struct ReduceOnPlateau {
  float rate = 0.1f;
  float factor = 0.1f;
  std::size_t patience = 10;
  float lowest = 0.0f;

  [[nodiscard]] constexpr float operator()(const Progress&) const noexcept { return rate; }

  /// `fit` calls it after each evaluation.
  constexpr void observe(float validation_loss) noexcept {
    if (!seen_any) first_rate = rate;
    if (!seen_any || validation_loss < best) {
      best = validation_loss;
      seen_any = true;
      evaluations_without_gain = 0;
    } else if (++evaluations_without_gain > patience) {
      rate = rate * factor > lowest ? rate * factor : lowest;
      evaluations_without_gain = 0;
    }
  }

  /// Goes back to the rate before the first evaluation.
  constexpr void restart() noexcept {
    if (seen_any) rate = first_rate;
    seen_any = false;
    evaluations_without_gain = 0;
  }

  /// Calls action(value) for each number that training changes.
  constexpr void visit_state(const auto& action) {
    action(rate);
    action(best);
    action(seen_any);
    action(evaluations_without_gain);
    action(first_rate);
  }

  float best = 0.0f;
  bool seen_any = false;
  std::size_t evaluations_without_gain = 0;
  float first_rate = 0.0f;
};

/// Another schedule, whose rate is multiplied by (t + 1) / steps in the first steps, t = 0, ..., steps - 1.
template <class Inner>
struct Warmup {
  std::size_t steps;
  Inner schedule;

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
  constexpr void visit_state(const auto& action)
    requires requires { schedule.visit_state(action); }
  {
    schedule.visit_state(action);
  }
  constexpr void restart()
    requires requires { schedule.restart(); }
  {
    schedule.restart();
  }
};
template <class Inner>
Warmup(int, Inner) -> Warmup<Inner>;

}  // namespace cortexpr

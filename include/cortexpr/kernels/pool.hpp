#pragma once

#include <cortexpr/config.hpp>
#include <cortexpr/kernels/planes.hpp>
#include <cortexpr/kernels/window.hpp>
#include <cortexpr/simd/backend.hpp>

#include <cstddef>
#include <limits>

// Pooling over the planes of window.hpp: the taps of all windows of a run are joined at once, one tap after the other.

namespace cortexpr::kernels {

/// The largest of a window; what is not a number stays so. The gradient goes to the first of equals.
struct Largest {
  static constexpr bool is_mean = false;
  template <class T>
  static constexpr T border = -std::numeric_limits<T>::infinity();

  template <class Pack>
  static CORTEXPR_INLINE constexpr Pack join(Pack largest, Pack value) {
    return select(largest == largest, max(largest, value), largest);
  }
  /// What of the gradient that is left goes to a tap.
  template <class Pack>
  static CORTEXPR_INLINE constexpr Pack share(Pack value, Pack result, Pack& left) {
    const auto hit = !(value < result);
    const Pack part = select(hit, left, Pack::zero());
    left = select(hit, Pack::zero(), left);
    return part;
  }
};

/// The mean of a window, padding counted as zeros: a sum, which the caller divides by the number of taps.
struct Mean {
  static constexpr bool is_mean = true;
  template <class T>
  static constexpr T border = 0;

  template <class Pack>
  static CORTEXPR_INLINE constexpr Pack join(Pack sum, Pack value) {
    return sum + value;
  }
  template <class Pack>
  static CORTEXPR_INLINE constexpr Pack share(Pack, Pack, Pack& left) {
    return left;
  }
};

/// Calls action(tap shift) for each tap, row by row.
template <Window window, class Action>
constexpr void for_each_tap(Action action) {
  for (std::size_t y = 0; y < window.vertical.kernel; ++y)
    for (std::size_t x = 0; x < window.horizontal.kernel; ++x) action(window.shift(y, x));
}

/// run[p] = the taps of the window at p, joined.   Shapes: planes [window.channel()] -> run [padded_run(Run)]
template <class Simd, class Join, Window window, class T>
constexpr void pool_run(const T* planes, T* run) {
  using Pack = typename Simd::template pack<T, window.run()>;
  constexpr std::size_t length = padded_run(window.run());
  for (std::size_t p = 0; p < length; p += Pack::lanes) {
    Pack joined = Pack::load_unaligned(planes + window.shift(0, 0) + p);
    bool first = true;
    for_each_tap<window>([&](std::size_t shift) {
      if (!first) joined = Join::join(joined, Pack::load_unaligned(planes + shift + p));
      first = false;
    });
    joined.store(run + p);
  }
}

/// Adds to the gradient of each tap its share of `left`, the gradient of the run, tap by tap: so the order is the same
/// for all lanes. `left` is used up.
/// Shapes:  planes, gradient [window.channel()]; run, left [padded_run(Run)]
template <class Simd, class Join, Window window, class T>
constexpr void pool_run_gradient(const T* planes, const T* run, T* left, T* gradient) {
  using Pack = typename Simd::template pack<T, window.run()>;
  constexpr std::size_t length = padded_run(window.run());
  for_each_tap<window>([&](std::size_t shift) {
    for (std::size_t p = 0; p < length; p += Pack::lanes) {
      Pack rest = Pack::load(left + p);
      const Pack part = Join::share(Pack::load_unaligned(planes + shift + p), Pack::load(run + p), rest);
      rest.store(left + p);
      T* const to = gradient + shift + p;
      (Pack::load_unaligned(to) + part).store_unaligned(to);
    }
  });
}

}  // namespace cortexpr::kernels

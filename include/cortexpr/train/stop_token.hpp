#pragma once

#include <atomic>

namespace cortexpr {

/// Ends a running `fit` from another thread, or from a handler of signals that the program installs:
///
///     static cx::StopToken stop;
///     std::signal(SIGINT, [](int) { stop.request_stop(); });
///     const cx::History history = trainer.fit(data.train, data.test, {.epochs = 100, .stop = &stop});
///
/// `fit` looks at it after each step. Its functions may be called from any thread at any time.
class StopToken {
 public:
  void request_stop() noexcept { requested_.store(true, std::memory_order_relaxed); }
  [[nodiscard]] bool stop_requested() const noexcept { return requested_.load(std::memory_order_relaxed); }
  /// Makes the token usable for another call of fit.
  void reset() noexcept { requested_.store(false, std::memory_order_relaxed); }

 private:
  std::atomic<bool> requested_{false};
  static_assert(std::atomic<bool>::is_always_lock_free, "StopToken: a handler of signals may set only such a flag");
};

}  // namespace cortexpr

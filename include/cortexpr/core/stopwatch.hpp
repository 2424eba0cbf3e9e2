#pragma once

#include <cortexpr/config.hpp>

#include <ctime>

namespace cortexpr {

/// Measures the seconds since its construction, on the monotonic clock. For hosted programs. <chrono> is not used
/// because it costs 0.3 s of compile time.
class Stopwatch {
 public:
  [[nodiscard]] double seconds() const noexcept { return now() - begin_; }

 private:
  static double now() noexcept {
    std::timespec time{};
    clock_gettime(CLOCK_MONOTONIC, &time);
    return static_cast<double>(time.tv_sec) + 1e-9 * static_cast<double>(time.tv_nsec);
  }

  double begin_ = now();
};

}  // namespace cortexpr

#pragma once

#include <ctime>

namespace cortexpr {

/// Tells the seconds since it was made. For hosted programs; <chrono> would cost 0.3 s of compile time.
class Stopwatch {
 public:
  [[nodiscard]] double seconds() const { return now() - begin_; }

 private:
  static double now() {
    std::timespec time{};
    clock_gettime(CLOCK_MONOTONIC, &time);
    return static_cast<double>(time.tv_sec) + 1e-9 * static_cast<double>(time.tv_nsec);
  }

  double begin_ = now();
};

}  // namespace cortexpr

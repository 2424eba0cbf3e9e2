#pragma once

#include <unistd.h>

#include <cmath>
#include <cortexpr/train/history.hpp>
#include <cstdio>

namespace cortexpr {

/// A callback that shows the progress of training, its losses, and an estimate of the time left:
///
///     trainer.on_epoch(cx::ProgressBar{});
///     epoch  7/20 [#######.............]  loss 0.0521, test loss 0.0711, 98.02 %; 12 s, 23 s left
///
/// On a terminal each report replaces the line of the last one, unless that had an evaluation. In a file or a pipe only
/// reports with an evaluation are written.
class ProgressBar {
 public:
  explicit ProgressBar(std::FILE* stream = stderr) : ProgressBar{stream, isatty(fileno(stream)) == 1} {}
  ProgressBar(std::FILE* stream, bool is_terminal) : stream_{stream}, is_terminal_{is_terminal} {}

  void operator()(const EpochReport& report) const {
    if (report.evaluation == nullptr && !is_terminal_) return;
    if (is_terminal_) std::fputs("\033[K", stream_);  // erases the rest of a longer line
    const double done = static_cast<double>(report.samples) / static_cast<double>(report.total_samples);
    write_bar(report, done);
    std::fprintf(stream_, "  loss %.4f", report.training_loss);
    if (report.evaluation != nullptr) {
      std::fprintf(stream_, ", test loss %.4f", report.evaluation->loss);
      if (!std::isnan(report.evaluation->accuracy))
        std::fprintf(stream_, ", %.2f %%", 100 * report.evaluation->accuracy);
    }
    std::fprintf(stream_, "; %.0f s", report.seconds);
    if (done < 1) std::fprintf(stream_, ", %.0f s left", report.seconds * (1 - done) / done);
    std::fputc(report.evaluation != nullptr ? '\n' : '\r', stream_);
    std::fflush(stream_);
  }

 private:
  void write_bar(const EpochReport& report, double done) const {
    constexpr int width = 20;
    char bar[width + 1]{};
    for (int i = 0; i < width; ++i) bar[i] = i < static_cast<int>(done * width) ? '#' : '.';
    const int digits = std::snprintf(nullptr, 0, "%zu", report.epochs);
    std::fprintf(stream_, "epoch %*zu/%zu [%s]", digits, report.epoch, report.epochs, bar);
  }

  std::FILE* stream_;
  bool is_terminal_;
};

}  // namespace cortexpr

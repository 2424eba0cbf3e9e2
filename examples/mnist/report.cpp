#include "report.hpp"

#include <fmt/core.h>
#include <sys/resource.h>

#include <algorithm>

namespace cx = cortexpr;

namespace {

/// The peak resident set size of this process.
double peak_megabytes() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
#ifdef __APPLE__
  return static_cast<double>(usage.ru_maxrss) / 1e6;
#else
  return static_cast<double>(usage.ru_maxrss) * 1024 / 1e6;
#endif
}

/// Two rows of pixels as one line of block characters.
std::string drawn_line(std::span<const std::uint8_t> pixels, std::size_t row) {
  std::string line;
  for (std::size_t column = 0; column < 28; ++column) {
    const bool upper = pixels[row * 28 + column] >= 96;
    const bool lower = pixels[(row + 1) * 28 + column] >= 96;
    line += upper ? (lower ? "█" : "▀") : (lower ? "▄" : " ");
  }
  return line;
}

std::string passed(const Milestone& milestone) {
  const bool is_reached = milestone.seconds >= 0;
  const std::string when = is_reached ? fmt::format("after {:.2f} s", milestone.seconds) : "not reached";
  if (milestone.target_seconds == 0) return when;
  const bool met = is_reached && milestone.seconds <= milestone.target_seconds;
  return fmt::format("{} (target {:.1f} s: {})", when, milestone.target_seconds, met ? "met" : "missed");
}

}  // namespace

Milestones milestones_of(Model model, bool augmented) {
  if (convolves(model)) return {{0.98, 0}, {0.99, augmented || model == Model::wide_cnn ? 0.0 : 6.0}};
  const bool is_judged = model == Model::small && !augmented;
  return {{0.9715, is_judged ? 0.7 : 0.0}, {0.98, is_judged ? 2.5 : 0.0}};  // the book's best result, and ours
}

void see(Milestones& milestones, const cx::EpochReport& report, double seconds) {
  if (report.evaluation == nullptr) return;
  for (Milestone& milestone : milestones)
    if (milestone.seconds < 0 && report.evaluation->accuracy >= milestone.accuracy) milestone.seconds = seconds;
}

void print(const std::string& text) { fmt::print("{}\n", text); }

void print_error(const std::string& sentence) { fmt::print(stderr, "mnist: {}\n", sentence); }

void print_data(const cx::mnist::Data& data, double seconds) {
  fmt::print("{} training and {} test images after {:.2f} s\n\n", data.train.size(), data.test.size(), seconds);
  fmt::print("{:>10}  {:>7}  {:>13}  {:>9}  {:>9}  {:>8}\n", "samples", "epoch", "training loss", "test loss",
             "accuracy", "seconds");
}

void print_evaluation(const cx::EpochReport& report, double seconds) {
  if (report.evaluation == nullptr) return;
  fmt::print("{:>10}  {:>7}  {:>13.4f}  {:>9.4f}  {:>7.2f} %  {:>8.2f}\n", report.samples,
             fmt::format("{}/{}", report.epoch, report.epochs), report.training_loss, report.evaluation->loss,
             100 * report.evaluation->accuracy, seconds);
  std::fflush(stdout);
}

void print_confusion(const cx::ConfusionMatrix& confusion) {
  fmt::print("\nread as {:>5}", "");
  for (std::size_t predicted = 0; predicted < confusion.classes(); ++predicted) fmt::print("{:>6}", predicted);
  for (std::size_t actual = 0; actual < confusion.classes(); ++actual) {
    fmt::print("\n{:>13}", fmt::format("digit {}", actual));
    for (std::size_t predicted = 0; predicted < confusion.classes(); ++predicted) {
      const std::size_t times = confusion(actual, predicted);
      fmt::print("{:>6}", times == 0 ? "." : fmt::format("{}", times));
    }
  }
  fmt::print("\n");
}

void print_mistakes(const std::vector<Mistake>& mistakes, const cx::ImageSet& images, std::size_t count) {
  count = std::min(count, mistakes.size());
  if (count == 0) return;
  fmt::print("\n{} test images are misread; the first {}:\n\n", mistakes.size(), count);
  // Three drawings fit into 90 columns.
  for (std::size_t begin = 0; begin < count; begin += 3) {
    const std::size_t end = std::min(begin + 3, count);
    for (std::size_t row = 0; row < 28; row += 2) {
      for (std::size_t i = begin; i < end; ++i) fmt::print("{}  ", drawn_line(images.pixels(mistakes[i].sample), row));
      fmt::print("\n");
    }
    for (std::size_t i = begin; i < end; ++i)
      fmt::print("{:<30}", fmt::format("a {}, read as {} ({:.0f} %)", mistakes[i].actual, mistakes[i].predicted,
                                       100 * mistakes[i].probability));
    fmt::print("\n\n");
  }
}

void print_totals(const cx::History& history, const cx::mnist::Data& data, const Milestones& milestones,
                  double total_seconds) {
  const double known =
      data.read_seconds + data.decompress_seconds + history.training_seconds + history.evaluation_seconds;
  fmt::print("test accuracy      {:.2f} %, loss {:.4f}\n", 100 * history.back().accuracy, history.back().loss);
  for (const Milestone& milestone : milestones)
    fmt::print("{:<19}{}\n", fmt::format("{:.2f} %", 100 * milestone.accuracy), passed(milestone));
  fmt::print("training speed     {:.0f} samples a second, on one core\n", history.samples_per_second());
  fmt::print(
      "total time         {:.2f} s: reading {:.2f}, decompressing {:.2f}, training {:.2f}, evaluating {:.2f}, other "
      "{:.2f}\n",
      total_seconds, data.read_seconds, data.decompress_seconds, history.training_seconds, history.evaluation_seconds,
      std::max(0.0, total_seconds - known));  // after --resume, training and evaluating count earlier runs as well
  fmt::print("peak memory        {:.0f} MB\n", peak_megabytes());
}

void print_hash(std::uint64_t hash) { fmt::print("parameters         {:016x}\n", hash); }

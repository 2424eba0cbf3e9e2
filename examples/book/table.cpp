#include "table.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <string>
#include <vector>

namespace {

struct Statistics {
  double mean = 0;
  double deviation = 0;
};

Statistics statistics(const std::vector<double>& values) {
  const double count = static_cast<double>(values.size());
  Statistics result;
  for (const double value : values) result.mean += value / count;
  for (const double value : values) result.deviation += (value - result.mean) * (value - result.mean) / (count - 1);
  result.deviation = count > 1 ? std::sqrt(result.deviation) : 0;
  return result;
}

/// The statistics of an evaluation over the runs that reached it.
template <class Value>
Statistics at(const std::vector<Outcome>& runs, std::size_t position, Value value) {
  std::vector<double> values;
  for (const Outcome& run : runs)
    if (position < run.points.size()) values.push_back(value(run.points[position]));
  return statistics(values);
}

Statistics at_the_stop(const std::vector<Outcome>& runs, double Point::* value) {
  std::vector<double> values;
  for (const Outcome& run : runs) values.push_back(run.points.back().*value);
  return statistics(values);
}

/// A loss in the form of the book: .611
std::string short_loss(double loss) {
  const std::string text = fmt::format("{:.3f}", loss);
  return text[0] == '0' ? text.substr(1) : text;
}

std::string percent(const Statistics& value, bool with_deviation) {
  return with_deviation ? fmt::format("{:.2f} +- {:.2f} %", value.mean, value.deviation)
                        : fmt::format("{:.2f} %", value.mean);
}

double total_seconds(const std::vector<Outcome>& runs) {
  double sum = 0;
  for (const Outcome& run : runs) sum += run.seconds;
  return sum;
}

/// The mean loss of each evaluation; in brackets if not all runs reached it.
std::string losses(const std::vector<Outcome>& runs) {
  std::string text;
  for (std::size_t position = 0;; ++position) {
    std::size_t count = 0;
    for (const Outcome& run : runs) count += position < run.points.size();
    if (count == 0) return text;
    const std::string loss = short_loss(at(runs, position, [](const Point& point) { return point.loss; }).mean);
    text += (position > 0 ? " " : "") + (count < runs.size() ? "(" + loss + ")" : loss);
  }
}

/// Prints an experiment of the book. Returns false if there are three runs or more and their mean is worse than the
/// band.
bool print_experiment(const Experiment& experiment, const std::vector<Outcome>& runs) {
  const Band& band = experiment.band;
  const Statistics accuracy = at_the_stop(runs, &Point::accuracy);
  const double value = band.of_loss ? at_the_stop(runs, &Point::loss).mean : accuracy.mean;
  // A higher accuracy is better, and a lower loss.
  const bool worse = band.of_loss ? value > band.high : value < band.low;
  const bool better = band.of_loss ? value < band.low : value > band.high;
  fmt::print("{:>3}  {}\n", experiment.number, experiment.recipe);
  fmt::print("     book  {:<58} {:>17}\n", experiment.book_losses, fmt::format("{:.2f} %", experiment.references[0]));
  fmt::print("     here  {:<58} {:>17}  {}-{}{}: {}; {:.0f} s\n", losses(runs), percent(accuracy, runs.size() > 1),
             band.low, band.high, band.of_loss ? " (loss)" : "",
             worse    ? "BELOW"
             : better ? "above"
                      : "in band",
             total_seconds(runs));
  return !worse || runs.size() < 3;
}

void print_newer(const Experiment& experiment, const std::vector<Outcome>& runs) {
  fmt::print("{:>3}  {}\n     epochs  ", experiment.number, experiment.recipe);
  for (const Point& point : runs[0].points) fmt::print("{:>17}", point.epoch);
  fmt::print("\n     expected");
  for (const double reference : experiment.references) fmt::print("{:>17}", fmt::format("{:.2f} %", reference));
  fmt::print("\n     here    ");
  for (std::size_t position = 0; position < runs[0].points.size(); ++position)
    fmt::print("{:>17}",
               percent(at(runs, position, [](const Point& point) { return point.accuracy; }), runs.size() > 1));
  fmt::print("  {:.0f} s\n", total_seconds(runs));
}

/// The mean over seeds of the lowest loss, or of the accuracy at the end.
double lowest_loss(const std::vector<Outcome>& runs) {
  std::vector<double> values;
  for (const Outcome& run : runs) {
    double lowest = run.points.front().loss;
    for (const Point& point : run.points) lowest = std::min(lowest, point.loss);
    values.push_back(lowest);
  }
  return statistics(values).mean;
}
double last_accuracy(const std::vector<Outcome>& runs) { return at_the_stop(runs, &Point::accuracy).mean; }

/// Checks the orders of the book's results that must hold here too, if both experiments were run.
bool print_orderings(const std::vector<Experiment>& experiments, const Outcomes& outcomes) {
  struct Ordering {
    int lower;
    int higher;
    const char* sentence;
    double (*value)(const std::vector<Outcome>&);
  };
  bool all = true;
  for (const Ordering& ordering :
       {Ordering{1, 2, "cross entropy beats squared error", last_accuracy},
        Ordering{2, 3, "momentum beats none", last_accuracy}, Ordering{8, 7, "dropout lowers the loss", lowest_loss},
        Ordering{9, 10, "dropout lowers the loss of the deeper network", lowest_loss}}) {
    const std::vector<Outcome>*lower = nullptr, *higher = nullptr;
    for (std::size_t i = 0; i < experiments.size(); ++i) {
      if (experiments[i].number == ordering.lower) lower = &outcomes[i];
      if (experiments[i].number == ordering.higher) higher = &outcomes[i];
    }
    if (lower == nullptr || higher == nullptr) continue;
    const bool holds = ordering.value(*lower) < ordering.value(*higher);
    fmt::print("{} ({}, {}): {}\n", ordering.sentence, ordering.lower, ordering.higher, holds ? "yes" : "NO");
    all = all && holds;
  }
  return all;
}

bool has_failed(const std::vector<Outcome>& runs) {
  return std::any_of(runs.begin(), runs.end(), [](const Outcome& run) { return !run.failure.empty(); });
}

}  // namespace

bool print_table(const std::vector<Experiment>& experiments, const Outcomes& outcomes, std::size_t threads,
                 double seconds) {
  bool good = true;
  fmt::print(
      "\n  #  recipe, then the test loss at each evaluation, the accuracy at the stop, its band, the time of all "
      "seeds\n");
  for (std::size_t i = 0; i < experiments.size(); ++i) {
    if (has_failed(outcomes[i])) {
      fmt::print("{:>3}  {}\n     FAILED, see above\n", experiments[i].number, experiments[i].recipe);
      good = false;
    } else if (experiments[i].band.high == 0) {
      print_newer(experiments[i], outcomes[i]);
    } else {
      good = print_experiment(experiments[i], outcomes[i]) && good;
    }
  }
  fmt::print("\n");
  if (std::none_of(outcomes.begin(), outcomes.end(), has_failed)) good = print_orderings(experiments, outcomes) && good;
  fmt::print("in all {:.0f} s on {} thread{}\n", seconds, threads, threads == 1 ? "" : "s");
  return good;
}

void print_progress(const Experiment& experiment, std::size_t seed, const Outcome& outcome) {
  if (!outcome.failure.empty())
    fmt::print(stderr, "{:>3}, seed {}: {}\n", experiment.number, seed, outcome.failure);
  else
    fmt::print(stderr, "{:>3}, seed {}: {:.2f} % after {} epochs, {:.1f} s\n", experiment.number, seed,
               outcome.points.back().accuracy, outcome.points.back().epoch, outcome.seconds);
}

int print_error(const char* sentence) {
  fmt::print(stderr, "book: {}\n", sentence);
  return 1;
}

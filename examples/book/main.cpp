// Repeats the ten experiments of "Deep Learning from Scratch" (Seth Weidman, 2019), chapter 4, and prints their losses
// and accuracies beside the book's. Two more experiments train the same networks with recipes of today.

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cortexpr/core/stopwatch.hpp>
#include <cstdlib>
#include <string>
#include <thread>
#include <vector>

#include "schedule.hpp"
#include "table.hpp"

namespace {

struct Options {
  std::string data = std::getenv("MNIST_DIR") != nullptr ? std::getenv("MNIST_DIR") : "data/mnist";
  std::size_t seeds = 1;
  std::vector<int> only;
  std::size_t threads = std::max(1u, std::thread::hardware_concurrency());
};

std::vector<Experiment> chosen(const std::vector<int>& only) {
  std::vector<Experiment> result;
  for (const auto& group : {standard_experiments(), glorot_experiments(), deep_experiments(), newer_experiments()})
    for (const Experiment& experiment : group)
      if (only.empty() || std::find(only.begin(), only.end(), experiment.number) != only.end())
        result.push_back(experiment);
  return result;
}

int run(const Options& options) {
  const cortexpr::Stopwatch watch;
  const cortexpr::mnist::Data data = cortexpr::mnist::load(options.data);
  const std::vector<Experiment> experiments = chosen(options.only);
  const Outcomes outcomes = run_all(experiments, data, options.seeds, options.threads);
  return print_table(experiments, outcomes, options.threads, watch.seconds()) ? 0 : 1;
}

}  // namespace

int main(int count, char** arguments) {
  Options options;
  CLI::App app{"Reruns the experiments of the book and prints its figures beside ours.", "book"};
  app.add_option("--data", options.data,
                 "folder with the four MNIST files, .gz or not (default: MNIST_DIR, data/mnist)");
  app.add_option("--seeds", options.seeds, "how often each is run, for means and spreads")
      ->check(CLI::Range(1, 1000))
      ->capture_default_str();
  app.add_option("--only", options.only, "numbers of experiments, 1 to 12")->delimiter(',')->check(CLI::Range(1, 12));
  app.add_option("--threads", options.threads, "runs at a time; they do not change the results")
      ->check(CLI::Range(1, 1024))
      ->capture_default_str();
  CLI11_PARSE(app, count, arguments);
  try {
    return run(options);
  } catch (const cortexpr::DataError& error) {
    return print_error(error.what());
  }
}

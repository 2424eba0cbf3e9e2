// Trains a classifier on MNIST and reports: accuracy, where the time went, and what it gets wrong.

#include <CLI/CLI.hpp>
#include <cortexpr/core/stopwatch.hpp>
#include <cstdlib>

#include "classifier.hpp"
#include "report.hpp"

namespace cx = cortexpr;

namespace {

struct Options {
  std::string data = std::getenv("MNIST_DIR") != nullptr ? std::getenv("MNIST_DIR") : "data/mnist";
  Recipe recipe;
  bool augment = false;
  std::size_t draw = 3;
};

/// Returns the status with which the program should end, or -1.
int parse(int count, char** arguments, Options& options) {
  CLI::App app{"Trains a classifier on MNIST and reports its accuracy, its time and its mistakes.", "mnist"};
  app.add_option("--data", options.data, "folder with the four MNIST files, .gz or not (default: MNIST_DIR, data/mnist)");
  app.add_option("--epochs", options.recipe.epochs, "passes over the training images")
      ->check(CLI::Range(1, 1000))
      ->capture_default_str();
  app.add_flag("--augment", options.augment, "distort the training images, differently in each epoch; implies --deep");
  app.add_flag("--deep", options.recipe.deep, "784-178-46-10 instead of 784-128-10");
  app.add_option("--evaluations", options.recipe.evaluations_per_epoch, "evaluations in an epoch (1 with --augment)")
      ->check(CLI::Range(1, 100))
      ->capture_default_str();
  app.add_option("--seed", options.recipe.seed, "decides weights, order and distortions")->capture_default_str();
  app.add_option("--draw", options.draw, "how many misread digits to draw")->capture_default_str();
  try {
    app.parse(count, arguments);
  } catch (const CLI::ParseError& error) {
    return app.exit(error);
  }
  if (options.augment) {
    options.recipe.deep = true;
    if (app.count("--evaluations") == 0) options.recipe.evaluations_per_epoch = 1;
  }
  return -1;
}

/// Shifts of up to two pixels and mild affine distortions.
cx::Augment distortions(const Options& options) {
  if (!options.augment) return {};
  return {.shift_pixels = 2, .rotation_degrees = 10, .scale = 0.1f, .shear = 0.1f, .seed = cx::Seed{options.recipe.seed}};
}

}  // namespace

int main(int count, char** arguments) {
  const cx::Stopwatch since_start;
  Options options;
  if (const int status = parse(count, arguments, options); status >= 0) return status;
  try {
    print(describe(options.recipe));
    const cx::mnist::Data data = cx::mnist::load(options.data, {.augment = distortions(options)});
    print_data(data, since_start.seconds());

    Milestones milestones;
    const Outcome outcome = train(options.recipe, data, [&](const cx::EpochReport& report) {
      milestones.see(report, since_start.seconds());
      print_evaluation(report, since_start.seconds());
    });
    if (!outcome.history.ok()) {
      print_error(outcome.history.message);
      return EXIT_FAILURE;
    }
    print_confusion(outcome.history.back().confusion);
    print_mistakes(outcome.mistakes, data.test, options.draw);
    print_totals(outcome.history, data, milestones, since_start.seconds());
  } catch (const cx::DataError& error) {
    print_error(error.what());
    return EXIT_FAILURE;
  }
}

#include "options.hpp"

#include <CLI/CLI.hpp>
#include <cstdlib>

int parse(int count, char** arguments, Options& options) {
  const char* const folder = std::getenv("MNIST_DIR");
  options.data = folder != nullptr ? folder : "data/mnist";
  CLI::App app{"Trains a classifier on MNIST and reports its accuracy, its time and its mistakes.", "mnist"};
  app.add_option("--data", options.data,
                 "folder with the four MNIST files, .gz or not (default: MNIST_DIR, data/mnist)");
  app.add_option("--epochs", options.epochs, "passes over the training images (cnn: 3)")
      ->check(CLI::Range(1, 1000))
      ->capture_default_str();
  app.add_flag("--augment", options.augment,
               "distort the training images, differently in each epoch; small becomes deep");
  app.add_option("--model", options.model, "small: 784-128-10; deep: 784-178-46-10; cnn: three convolutions")
      ->check(CLI::IsMember({"small", "deep", "cnn"}))
      ->capture_default_str();
  app.add_option("--evaluations", options.evaluations_per_epoch, "evaluations in an epoch (1 with --augment)")
      ->check(CLI::Range(1, 100))
      ->capture_default_str();
  app.add_option("--seed", options.seed, "decides weights, order and distortions")->capture_default_str();
  app.add_option("--draw", options.drawings, "how many misread digits to draw")->capture_default_str();
  try {
    app.parse(count, arguments);
  } catch (const CLI::ParseError& error) {
    return app.exit(error);
  }
  if (options.model == "cnn" && app.count("--epochs") == 0) options.epochs = 3;
  if (options.augment) {
    if (options.model == "small") options.model = "deep";
    if (app.count("--evaluations") == 0) options.evaluations_per_epoch = 1;
  }
  return -1;
}

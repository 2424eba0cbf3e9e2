#include "options.hpp"

#include <CLI/CLI.hpp>
#include <cstdlib>
#include <map>

int parse(int count, char** arguments, Options& options) {
  const char* const folder = std::getenv("MNIST_DIR");
  options.data = folder != nullptr ? folder : "data/mnist";
  CLI::App app{"Trains a classifier on MNIST and reports its accuracy, its time and its mistakes.", "mnist"};
  app.add_option("--data", options.data,
                 "folder with the four MNIST files, .gz or not (default: MNIST_DIR, data/mnist)");
  app.add_option("--epochs", options.epochs, "passes over the training images (cnn: 2; cnn with --augment: 15)")
      ->check(CLI::Range(1, 1000))
      ->capture_default_str();
  app.add_flag("--augment", options.augment,
               "distort the training images, differently in each epoch; small becomes deep, and cnn wide-cnn");
  const std::map<std::string, Model> models{
      {"small", Model::small}, {"deep", Model::deep}, {"cnn", Model::cnn}, {"wide-cnn", Model::wide_cnn}};
  std::string model = "small";
  app.add_option("--model", model,
                 "small: 784-128-10; deep: 784-178-46-10; cnn: convolutions of 8, 16 and 24 filters; wide-cnn: of "
                 "twice as many")
      ->check(CLI::IsMember({"small", "deep", "cnn", "wide-cnn"}))
      ->capture_default_str();
  app.add_option("--evaluations", options.evaluations_per_epoch, "evaluations in an epoch (1 with --augment)")
      ->check(CLI::Range(1, 100))
      ->capture_default_str();
  app.add_option("--seed", options.seed, "decides weights, order and distortions")->capture_default_str();
  app.add_option("--draw", options.drawings, "how many misread digits to draw")->capture_default_str();
  CLI::Option* const save =
      app.add_option("--save", options.save,
                     "write a checkpoint to this file after each evaluation, and the network to FILE.safetensors");
  app.add_flag("--resume", options.resume, "go on with the checkpoint of --save, if there is one")->needs(save);
  try {
    app.parse(count, arguments);
  } catch (const CLI::ParseError& error) {
    return app.exit(error);
  }
  options.model = models.at(model);
  if (convolves(options.model) && app.count("--epochs") == 0) options.epochs = options.augment ? 15 : 2;
  if (options.augment) {
    if (options.model == Model::small) options.model = Model::deep;
    if (options.model == Model::cnn) options.model = Model::wide_cnn;
    if (app.count("--evaluations") == 0) options.evaluations_per_epoch = 1;
  }
  return -1;
}

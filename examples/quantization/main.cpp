// Measures the loss of accuracy by quantization: trains a dense and a convolutional network on MNIST, quantizes them to
// 8 bits with each calibration method and with quantization-aware training, and prints all accuracies on the test
// images.

#include <fmt/format.h>
#include <CLI/CLI.hpp>
#include <algorithm>
#include <cortexpr/cortexpr.hpp>
#include <cstdlib>
#include <memory>
#include <string>
#include <vector>

namespace cx = cortexpr;

namespace {

using Dense = cx::Network<cx::Input<784>, cx::Dense<64, cx::Relu>, cx::Dense<10>>;
using Convolutional =
    cx::Network<cx::Input<1, 28, 28>,  //
                cx::Conv2D<8, 3, cx::Same>, cx::BatchNorm<>, cx::Activation<cx::Relu>, cx::MaxPool2D<2>,
                cx::Conv2D<16, 3, cx::Same>, cx::BatchNorm<>, cx::Activation<cx::Relu>, cx::MaxPool2D<2>,
                cx::Conv2D<24, 3, cx::Same>, cx::BatchNorm<>, cx::Activation<cx::Relu>, cx::MaxPool2D<2>, cx::Flatten,
                cx::Dense<10>>;
static_assert(cx::memory<cx::Quantized<Dense>>::parameter_bytes <= 52 * 1024);
static_assert(cx::memory<cx::Quantized<Convolutional>>::parameter_bytes <= 40 * 1024);
static_assert(cx::memory<cx::Quantized<Convolutional>>::activation_bytes <= 12 * 1024);

/// The settings of training, and of quantization-aware training.
template <class Net>
struct Recipe {
  static constexpr const char* name = "784-64-10";
  static constexpr float peak = 0.006f, weight_decay = 0.05f;
  static constexpr cx::BatchSize<128> batch{};
};
template <>
struct Recipe<Convolutional> {
  static constexpr const char* name = "conv 8-16-24";
  static constexpr float peak = 0.01f, weight_decay = 0.01f;
  static constexpr cx::BatchSize<64, 16> batch{};
};

struct Options {
  std::string data = std::getenv("MNIST_DIR") != nullptr ? std::getenv("MNIST_DIR") : "data/mnist";
  std::size_t seeds = 3;
  std::size_t epochs = 6;
  std::size_t aware_epochs = 1;
};

/// In percent of the test images.
struct Accuracies {
  double in_float, min_max, percentile, divergence, aware;
};

template <class Net, class Schedule>
void train(Net& network, Schedule rate, const cx::mnist::Data& data, std::size_t epochs, cx::Seed seed,
           float weight_decay, auto batch) {
  const cx::AdamW<Schedule> optimizer{.learning_rate = rate, .weight_decay = weight_decay};
  const auto trainer = [&]<std::size_t B, std::size_t Part>(cx::BatchSize<B, Part>) {
    return std::make_unique<cx::Trainer<Net, cx::SoftmaxCrossEntropy, cx::AdamW<Schedule>, B, Part>>(
        network, cx::SoftmaxCrossEntropy{}, optimizer);
  }(batch);
  const cx::History history =
      trainer->fit(data.train, data.test, {.epochs = epochs, .evaluate_every = epochs, .seed = seed});
  if (!history.ok()) throw cx::DataError{history.message};
}

template <class Net>
Accuracies measure(const cx::mnist::Data& data, const Options& options, cx::Seed seed) {
  using Choice = Recipe<Net>;
  const auto accuracy = [&](const auto& network) { return 100 * cx::evaluate(network, data.test).accuracy; };
  const auto network = std::make_unique<Net>();
  network->initialize(seed);
  train(*network, cx::OneCycle{.peak = Choice::peak, .rising = 0.1f}, data, options.epochs, seed, Choice::weight_decay,
        Choice::batch);
  const auto by = [&](const cx::CalibrationMethod& method) {
    return accuracy(cx::quantize(*network, data.train, {.method = method}));
  };
  const auto aware = std::make_unique<cx::QuantizationAware<Net>>(cx::quantization_aware(*network, data.train));
  train(*aware, cx::LinearDecay{Choice::peak / 100, 0}, data, options.aware_epochs, seed, Choice::weight_decay,
        Choice::batch);
  const cx::Quantized<Net> small = cx::quantize(*aware);
  return {accuracy(*network), by(cx::MinMax{}), by(cx::Percentile{}), by(cx::KlDivergence{}), accuracy(small)};
}

/// Prints the rows of a network. Returns whether the losses of accuracy are within their limits.
template <class Net>
bool report(const cx::mnist::Data& data, const Options& options) {
  using Size = cx::memory<cx::Quantized<Net>>;
  constexpr auto row = "{:<14}{:>8}{:>9.2f}{:>10.2f}{:>12.2f}{:>8.2f}{:>16.2f}\n";
  Accuracies mean{}, loss{};
  for (std::size_t seed = 1; seed <= options.seeds; ++seed) {
    const Accuracies now = measure<Net>(data, options, cx::Seed{seed});
    fmt::print(row, Recipe<Net>::name, seed, now.in_float, now.min_max, now.percentile, now.divergence, now.aware);
    std::fflush(stdout);
    for (double Accuracies::* const of : {&Accuracies::in_float, &Accuracies::min_max, &Accuracies::percentile,
                                          &Accuracies::divergence, &Accuracies::aware}) {
      mean.*of += now.*of / static_cast<double>(options.seeds);
      loss.*of = std::max(loss.*of, now.in_float - now.*of);
    }
  }
  fmt::print(row, "", "mean", mean.in_float, mean.min_max, mean.percentile, mean.divergence, mean.aware);
  fmt::print(row, "", "loss", 0.0, loss.min_max, loss.percentile, loss.divergence, loss.aware);
  fmt::print("{:<14}{:>8}  {:.1f} kB of flash, {:.1f} kB of RAM in 8 bits\n\n", "", "takes",
             static_cast<double>(Size::parameter_bytes) / 1e3, static_cast<double>(Size::activation_bytes) / 1e3);
  constexpr double rounding = 1e-9;
  return loss.min_max <= 0.2 + rounding && loss.aware <= 0.1 + rounding;
}

bool run(const Options& options) {
  const cx::mnist::Data data = cx::mnist::load(options.data);
  fmt::print("Accuracy in % of {} images. The loss is that of the worst seed, in points.\n\n", data.test.size());
  fmt::print("{:<14}{:>8}{:>9}{:>10}{:>12}{:>8}{:>16}\n", "", "seed", "float", "min-max", "percentile", "KL",
             "trained for it");
  const bool dense = report<Dense>(data, options);
  const bool convolutional = report<Convolutional>(data, options);
  fmt::print("8 bits cost {} than 0.2 points, and 0.1 points when trained for them\n",
             dense && convolutional ? "no more" : "more");
  return dense && convolutional;
}

}  // namespace

int main(int count, char** arguments) {
  Options options;
  CLI::App app{"Measures what 8 bits cost on MNIST.", "quantization"};
  app.add_option("--data", options.data,
                 "folder with the four MNIST files, .gz or not (default: MNIST_DIR, data/mnist)");
  app.add_option("--seeds", options.seeds, "how often each network is trained")
      ->check(CLI::Range(1, 1000))
      ->capture_default_str();
  app.add_option("--epochs", options.epochs, "of training in floating point")
      ->check(CLI::Range(1, 1000))
      ->capture_default_str();
  app.add_option("--aware-epochs", options.aware_epochs, "of training for 8 bits after it")
      ->check(CLI::Range(1, 1000))
      ->capture_default_str();
  CLI11_PARSE(app, count, arguments);
  try {
    return run(options) ? 0 : 1;
  } catch (const cx::DataError& error) {
    fmt::print(stderr, "{}\n", error.what());
    return 1;
  }
}

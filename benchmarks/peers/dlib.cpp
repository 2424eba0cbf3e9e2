// The same network in dlib's network-as-a-type, on its CPU path with the BLAS it was built with.

#include <benchmark/benchmark.h>
#include <dlib/dnn.h>

#include <vector>

#include "../problem.hpp"

namespace {

using Network = dlib::loss_multiclass_log<
    dlib::fc<problem::outputs, dlib::htan<dlib::fc<problem::hidden, dlib::input<dlib::matrix<float>>>>>>;

struct Samples {
  std::vector<dlib::matrix<float>> images;
  std::vector<unsigned long> labels;
  dlib::resizable_tensor tensor;

  Samples(Network& network, std::size_t count) {
    problem::Numbers numbers;
    for (std::size_t sample = 0; sample < count; ++sample) {
      dlib::matrix<float>& image = images.emplace_back(28, 28);
      for (float& pixel : image) pixel = numbers.next();
      labels.push_back(problem::labels[sample]);
    }
    network.to_tensor(images.begin(), images.end(), tensor);
  }
};

void train_step(benchmark::State& state) {
  Network network;
  const Samples samples{network, problem::batch};
  std::vector<dlib::sgd> solvers(Network::num_computational_layers, dlib::sgd{0.0f, problem::momentum});
  for (auto _ : state) {
    benchmark::DoNotOptimize(network.compute_parameter_gradients(samples.tensor, samples.labels.begin()));
    network.update_parameters(solvers, problem::learning_rate);
  }
}
BENCHMARK(train_step)->Name("train_step/dlib");

template <std::size_t Count>
void inference(benchmark::State& state) {
  Network network;
  const Samples samples{network, Count};
  network.forward(samples.tensor);  // makes the parameters
  for (auto _ : state) benchmark::DoNotOptimize(network.subnet().forward(samples.tensor).host());
}
BENCHMARK(inference<1>)->Name("inference_1/dlib");
BENCHMARK(inference<problem::batch>)->Name("inference_60/dlib");

}  // namespace

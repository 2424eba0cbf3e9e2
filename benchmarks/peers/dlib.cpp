// The same networks in dlib's networks-as-types, on its CPU path with the BLAS it was built with.

#include <benchmark/benchmark.h>
#include <dlib/dnn.h>

#include <vector>

#include "../problem.hpp"

namespace {

template <class Below>
using pool = dlib::max_pool<2, 2, 2, 2, Below>;
using Pixels = dlib::input<dlib::matrix<float>>;

using Network = dlib::loss_multiclass_log<dlib::fc<problem::outputs, dlib::htan<dlib::fc<problem::hidden, Pixels>>>>;
using Small = dlib::loss_multiclass_log<dlib::fc<
    problem::outputs, pool<dlib::relu<dlib::con<16, 3, 3, 1, 1, pool<dlib::relu<dlib::con<8, 3, 3, 1, 1, Pixels>>>>>>>>;
using Second = dlib::add_layer<dlib::con_<16, 5, 5, 1, 1, 0, 0>, pool<dlib::relu<dlib::con<6, 5, 5, 1, 1, Pixels>>>>;
using LeNet5 = dlib::loss_multiclass_log<
    dlib::fc<problem::outputs, dlib::relu<dlib::fc<84, dlib::relu<dlib::fc<120, pool<dlib::relu<Second>>>>>>>>;

template <class Net>
struct Samples {
  std::vector<dlib::matrix<float>> images;
  std::vector<unsigned long> labels;
  dlib::resizable_tensor tensor;

  Samples(Net& network, std::size_t count) {
    problem::Numbers numbers;
    for (std::size_t sample = 0; sample < count; ++sample) {
      dlib::matrix<float>& image = images.emplace_back(28, 28);
      for (float& pixel : image) pixel = numbers.next();
      labels.push_back(problem::labels[sample]);
    }
    network.to_tensor(images.begin(), images.end(), tensor);
  }
};

template <class Net>
void train_step(benchmark::State& state) {
  Net network;
  const Samples samples{network, problem::batch};
  std::vector<dlib::sgd> solvers(Net::num_computational_layers, dlib::sgd{0.0f, problem::momentum});
  for (auto _ : state) {
    benchmark::DoNotOptimize(network.compute_parameter_gradients(samples.tensor, samples.labels.begin()));
    network.update_parameters(solvers, problem::learning_rate);
  }
}
BENCHMARK(train_step<Network>)->Name("train_step/dlib");
BENCHMARK(train_step<Small>)->Name("cnn_train_step/dlib");
BENCHMARK(train_step<LeNet5>)->Name("lenet5_train_step/dlib");

template <class Net, std::size_t Count>
void inference(benchmark::State& state) {
  Net network;
  const Samples samples{network, Count};
  network.forward(samples.tensor);  // makes the parameters
  for (auto _ : state) benchmark::DoNotOptimize(network.subnet().forward(samples.tensor).host());
}
BENCHMARK(inference<Network, 1>)->Name("inference_1/dlib");
BENCHMARK(inference<Network, problem::batch>)->Name("inference_60/dlib");
BENCHMARK(inference<Small, 1>)->Name("cnn_inference_1/dlib");
BENCHMARK(inference<LeNet5, 1>)->Name("lenet5_inference_1/dlib");

}  // namespace

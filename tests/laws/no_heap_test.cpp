#include <doctest/doctest.h>

#include <array>
#include <cortexpr/cortexpr.hpp>
#include <cstdlib>
#include <span>

#include "fixtures.hpp"
#include "heap_counter.hpp"

// Networks are made, run and trained without ever asking the heap for memory.

using namespace cortexpr;

namespace {

using heap_counter::allocations_in;

using Net = Network<Input<1, 7, 5>, Flatten, Dense<40, Tanh>, Dropout<0.2f>, Dense<20, Gelu>, Dense<10>>;
constexpr std::size_t batch = 12;

template <class Loss, class Optimizer, class Targets>
void train(Net& network, Loss loss, Optimizer optimizer, const Targets& targets) {
  Trainer trainer{network, loss, optimizer, batch_size<batch, 4>};
  trainer.on_epoch([](const EpochReport&) {});
  trainer.plan(2, 2, Seed{1});
  Tensor<float, Shape<batch, 1, 7, 5>> inputs{};
  laws::fill_normal(inputs, 1);
  for (int step = 0; step < 3; ++step) trainer.step(inputs, targets);
}

}  // namespace

TEST_CASE("no heap: the counter counts") {
  // Through a volatile pointer, because compilers leave out memory that nobody sees.
  int* volatile one = nullptr;
  Net* volatile many = nullptr;
  void* volatile raw = nullptr;
  CHECK(allocations_in([&] { one = new int{1}; }) > 0);
  CHECK(allocations_in([&] { many = new Net[2]; }) > 0);
  delete one;
  delete[] many;
  if (!heap_counter::counts_malloc) return;
  CHECK(allocations_in([&] { raw = std::malloc(10); }) == 1);
  CHECK(allocations_in([&] { raw = std::realloc(raw, 1000); }) == 1);
  std::free(raw);
  CHECK(allocations_in([&] { raw = std::calloc(10, 10); }) == 1);
  std::free(raw);
}

TEST_CASE("no heap: construction, initialisation, copies") {
  CHECK(allocations_in([] {
          Net network;
          network.initialize(Seed{1});
          Net copy = network;
          copy = make_static<Net>();
          copy.parameter<"1.weight">()[0][0] = 1;
        }) == 0);
}

TEST_CASE("no heap: inference, of one and of many") {
  static Net network;
  network.initialize(Seed{1});
  static std::array<float, 35 * 130> inputs{};
  static std::array<float, 10 * 130> outputs{};
  laws::fill_normal(inputs, 1);
  std::size_t classes = 0;
  CHECK(allocations_in([&] {
          Net::InputTensor input{};
          outputs[0] += network(input)[0];
          classes += network.classify(input);
          network(inputs, outputs);
        }) == 0);
}

TEST_CASE("no heap: training") {
  static Net network;
  static Net gradient;
  static Tensor<float, Shape<batch, 1, 7, 5>> inputs{};
  static Tensor<float, Shape<batch, 10>> targets{};
  static constexpr std::array<std::uint8_t, batch> labels = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 0, 1};
  network.initialize(Seed{1});
  CHECK(allocations_in([] {
          train(network, SoftmaxCrossEntropy{}, Momentum{.learning_rate = CosineDecay{}}, labels);
          train(network, Huber{}, AdamW{.clip_norm = 1.0f}, targets);
          Trainer trainer{network, SoftmaxCrossEntropy{}, Sgd{}, batch_size<batch>};
          trainer.forward(inputs);
          trainer.backward(labels, gradient);
          trainer.update(gradient);
        }) == 0);
}

TEST_CASE("no heap: statistics, and folding them away") {
  using Normed = Network<Input<6>, Embedding<3, 4>, LayerNorm<>, Flatten, RmsNorm<>, Dense<8>, BatchNorm<>,
                         Activation<Relu>, Dense<10>>;
  static Normed network;
  static Tensor<float, Shape<batch, 6>> inputs{};
  static constexpr std::array<std::uint8_t, batch> labels = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 0, 1};
  static std::size_t classes = 0;
  network.initialize(Seed{1});
  CHECK(allocations_in([] {
          Trainer trainer{network, SoftmaxCrossEntropy{}, Momentum{}, batch_size<batch, 4>};
          trainer.step(inputs, labels);
          classes += fold_batch_norm(network).classify({});
        }) == 0);
  CHECK(classes < 10);
}

TEST_CASE("no heap: quantization-aware training, and inference in 8 bits") {
  static QuantizationAware<Network<Input<1, 7, 5>, Conv2D<4, 3, Relu>, Flatten, Dense<10>>> network;
  static Quantized<Network<Input<1, 7, 5>, Conv2D<4, 3, Relu>, Flatten, Dense<10>>> small;
  static Tensor<float, Shape<batch, 1, 7, 5>> inputs{};
  static constexpr std::array<std::uint8_t, batch> labels = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 0, 1};
  static std::size_t classes = 0;
  network.initialize(Seed{1});
  CHECK(allocations_in([] {
          Trainer trainer{network, SoftmaxCrossEntropy{}, Adam{}, batch_size<batch, 4>};
          trainer.step(inputs, labels);
          classes += network.classify({}) + small.classify(Tensor<float, Shape<1, 7, 5>>{});
        }) == 0);
  CHECK(classes < 20);
}

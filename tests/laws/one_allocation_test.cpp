#include <doctest/doctest.h>

#include <array>
#include <cortexpr/cortexpr.hpp>
#include <memory>

#include "heap_counter.hpp"

// What is too large for the stack takes one allocation a call, and nothing where the caller gives the memory.

using namespace cortexpr;

namespace {

/// The number of new expressions that `action` evaluates. Where malloc is counted, each counts twice.
template <class Action>
std::size_t new_expressions_in(Action action) {
  static const std::size_t of_one = heap_counter::allocations_in([] {
    struct alignas(64) Aligned {
      char values[64];
    };
    Aligned* volatile made = new Aligned;  // through a volatile pointer, or compilers leave it out
    delete made;
  });
  return heap_counter::allocations_in(action) / of_one;
}

using Image = Input<1, 160, 160>;
using Net = Network<Image, Conv2D<4, 3>, GlobalAvgPool>;
static_assert(memory<Net>::activation_bytes > stack_limit);
/// Its weights exceed a megabyte, and the buffers of many samples the stack.
using Dense1000 = Network<Input<300>, Dense<1000>, Dense<4>>;
static_assert(memory<Dense1000>::activation_bytes < stack_limit && memory<Dense1000>::parameter_bytes > 1'048'576);

}  // namespace

TEST_CASE("one allocation: inference") {
  static Net network;
  static Net::InputTensor input{};
  static Net::Workspace workspace;
  static std::array<float, 3 * 160 * 160> inputs{};
  static std::array<float, 3 * 4> outputs{};
  static const std::array<std::uint8_t, 160 * 160> pixels{};
  network.initialize(Seed{1});
  CHECK(new_expressions_in([] { outputs[0] += network(input)[0]; }) == 1);
  CHECK(new_expressions_in([] { outputs[0] += static_cast<float>(network.classify(input)); }) == 1);
  CHECK(new_expressions_in([] { network(inputs, outputs); }) == 1);
  CHECK(new_expressions_in([] { outputs[0] += static_cast<float>(network.classify(pixels)); }) == 1);
  CHECK(new_expressions_in([] {
          outputs[0] += network(input, workspace)[0] + static_cast<float>(network.classify(input, workspace));
        }) == 0);

  const auto dense = make_network<Dense1000>();
  CHECK(new_expressions_in([&] { outputs[0] += dense(Dense1000::InputTensor{})[0]; }) == 0);
  CHECK(new_expressions_in([&] { dense(inputs, outputs); }) == 1);
}

TEST_CASE("one allocation: inference in 8 bits") {
  static Quantized<Net> network;
  static Net::InputTensor input{};
  static Quantized<Net>::Workspace workspace;
  static std::array<float, 3 * 160 * 160> inputs{};
  static std::array<float, 3 * 4> outputs{};
  static const std::array<std::uint8_t, 160 * 160> pixels{};
  std::size_t sum = 0;
  CHECK(new_expressions_in([&] { outputs[0] += network(input)[0]; }) == 1);
  CHECK(new_expressions_in([&] { sum += network.classify(input); }) == 1);
  CHECK(new_expressions_in([&] { sum += network.classify(pixels); }) == 1);
  CHECK(new_expressions_in([&] { network(inputs, outputs); }) == 1);
  CHECK(new_expressions_in([&] {
          outputs[0] += network(input, workspace)[0];
          sum += network.classify(input, workspace) + network.classify(pixels, workspace);
        }) == 0);
  CHECK(network(input)[0] == network(input, workspace)[0]);
  CHECK(sum < 20);
}

TEST_CASE("one allocation: the state of a trainer, at the first step") {
  const auto network = make_network<Net>();
  const auto inputs = std::make_unique<Tensor<float, Shape<2, 1, 160, 160>>>();
  CHECK(new_expressions_in([&] {
          Trainer trainer{network, SoftmaxCrossEntropy{}, Sgd{}, batch_size<2>};
          trainer.plan(1, 1);
        }) == 0);
  CHECK(new_expressions_in([&] {
          Trainer trainer{network, SoftmaxCrossEntropy{}, Sgd{}, batch_size<2>};
          for (int step = 0; step < 3; ++step) trainer.step(*inputs, std::array{0, 1});
        }) == 1);
}

#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <cortexpr/nn/handle.hpp>
#include <cortexpr/nn/network.hpp>
#include <cstdint>
#include <thread>
#include <type_traits>
#include <utility>
#include <vector>

#include "../laws/fixtures.hpp"

using namespace cortexpr;
using laws::same_bits;

namespace {

using Classifier = Network<Input<784>, Dense<89, Tanh, GlorotNormal>, Dropout<0.2f>, Dense<10>>;
using Small = Network<Input<2>, Dense<3, Relu>, Dense<2>>;
using Images = Network<Input<1, 4, 5>, Activation<Relu>, Flatten, Dense<3>>;

/// Weights 1, 2, ..., 6 and 7, ..., 12, biases 0.5 and -1.
constexpr Small counted() {
  Small network;
  float next = 1;
  for (std::size_t k = 0; k < 2; ++k)
    for (std::size_t j = 0; j < 3; ++j) network.parameter<"0.weight">()[k][j] = next++;
  for (std::size_t k = 0; k < 3; ++k)
    for (std::size_t j = 0; j < 2; ++j) network.parameter<"1.weight">()[k][j] = next++;
  for (std::size_t j = 0; j < 3; ++j) network.parameter<"0.bias">()[0][j] = 0.5f;
  for (std::size_t j = 0; j < 2; ++j) network.parameter<"1.bias">()[0][j] = -1;
  return network;
}

}  // namespace

// What the type says of itself.
static_assert(Classifier::parameter_count == 784 * 89 + 89 + 89 * 10 + 10);
static_assert(std::is_same_v<Classifier::input_shape, Shape<784>>);
static_assert(std::is_same_v<Classifier::output_shape, Shape<10>>);
static_assert(Classifier::macs == 784 * 89 + 89 * 10);
static_assert(Classifier::layer_count == 3);
static_assert(memory<Classifier>::inference_bytes < 320 * 1024);
static_assert(memory<Classifier>::activation_bytes < 1024);
static_assert(std::is_same_v<Images::input_shape, Shape<1, 4, 5>> && Images::parameter_count == 63 &&
              Images::macs == 60);
static_assert(Network<Input<3>, Activation<Relu>>::parameter_count == 0);

// A plain object: no pointers, no construction to speak of, aligned for the widest loads.
static_assert(std::is_trivially_copyable_v<Classifier> && std::is_standard_layout_v<Classifier>);
static_assert(alignof(Small) == simd::block_alignment<float>);
static_assert(sizeof(Small) == memory<Small>::parameter_bytes);
static_assert(std::is_same_v<with_scalar<float, with_scalar<double, Small>>, Small>);
static_assert(std::is_same_v<with_scalar<double, Small>::value_type, double>);

// Inference in the compiler: relu(x W + b) V + c.
static_assert(counted()({{1, -1}}) == Tensor<float, Shape<2>>{{-1, -1}});
static_assert(counted()({{1, 1}})[0] == 5.5f * 7 + 7.5f * 9 + 9.5f * 11 - 1);
static_assert(counted().classify({{1, 1}}) == 1 && counted().classify({{1, -1}}) == 0);

TEST_CASE("network: infers, classifies, and is const and copied as a value") {
  const Small network = counted();
  CHECK(network({{1, 1}})[1] == 5.5f * 8 + 7.5f * 10 + 9.5f * 12 - 1);
  CHECK(network.classify({{1, 1}}) == 1);
  Small copy = network;
  CHECK(copy == network);
  copy.parameter<"1.bias">()[0][1] = -500;
  CHECK(copy.classify({{1, 1}}) == 0);
  CHECK(network.classify({{1, 1}}) == 1);
  CHECK_FALSE(copy == network);
}

TEST_CASE("network: parameters have names, shapes, and an aligned place of their own") {
  Classifier network;
  const auto weight = network.parameter<"0.weight">();
  CHECK(weight.count == 784);
  CHECK(decltype(weight)::columns == 89);
  CHECK(network.parameter<"0.bias">().count == 1);
  CHECK(network.parameter<"2.weight">().count == 89);
  CHECK(decltype(network.parameter<"2.bias">())::columns == 10);
  for (const float* row : {weight[0], network.parameter<"0.bias">()[0], network.parameter<"2.bias">()[0]})
    CHECK(reinterpret_cast<std::uintptr_t>(row) % simd::block_alignment<float> == 0);
  CHECK(std::all_of(network.block().begin(), network.block().end(), [](float value) { return value == 0; }));
  static_assert(std::is_same_v<decltype(std::as_const(network).parameter<"0.bias">()[0]), const float*>);
}

TEST_CASE("network: initialize is a function of the seed, whatever was there before") {
  Small one, other;
  one.initialize(Seed{1});
  other = counted();
  other.initialize(Seed{1});
  CHECK(same_bits(one.block(), other.block()));
  other.initialize(Seed{2});
  CHECK_FALSE(same_bits(one.block(), other.block()));
  constexpr Small in_compiler = [] {
    Small network;
    network.initialize(Seed{1});
    return network;
  }();
  CHECK(same_bits(one.block(), in_compiler.block()));
}

TEST_CASE("network: parameters of different layers start from different numbers") {
  Network<Input<4>, Dense<4, Linear, Normal<>>, Dense<4, Linear, Normal<>>> network;
  network.initialize(Seed{1});
  CHECK(network.parameter<"0.weight">()[0][0] != network.parameter<"1.weight">()[0][0]);
}

TEST_CASE("network: in double and in float is the same network") {
  with_scalar<double, Classifier> wide;
  Classifier narrow;
  wide.initialize(Seed{1});
  narrow.initialize(Seed{1});
  Classifier::InputTensor input{};
  with_scalar<double, Classifier>::InputTensor wide_input{};
  laws::fill_normal(input, 1);
  for (std::size_t i = 0; i < input.size(); ++i) wide_input[i] = static_cast<double>(input[i]);
  const auto outputs = narrow(input);
  const auto wide_outputs = wide(wide_input);
  for (std::size_t j = 0; j < 10; ++j)
    CHECK(static_cast<double>(outputs[j]) == doctest::Approx(wide_outputs[j]).epsilon(1e-4));
}

TEST_CASE("network: is used by several threads at once") {
  const Small network = counted();
  std::array<std::size_t, 4> wrong{};
  std::vector<std::thread> threads;
  for (std::size_t thread = 0; thread < wrong.size(); ++thread)
    threads.emplace_back([&network, &count = wrong[thread], x = static_cast<float>(thread)] {
      const auto expected = counted()({{x, -x}});
      for (int i = 0; i < 2000; ++i) count += network({{x, -x}}) != expected;
    });
  for (std::thread& thread : threads) thread.join();
  CHECK(wrong == std::array<std::size_t, 4>{});
}

TEST_CASE("network: views and dropout pass through inference, also as the only layers") {
  using Nothing = Network<Input<2, 3>, Dropout<0.5f>, Flatten>;
  constexpr Tensor<float, Shape<2, 3>> input{{1, 2, 3, 4, 5, 6}};
  static_assert(Nothing{}(input) == Tensor<float, Shape<6>>{{1, 2, 3, 4, 5, 6}});
  CHECK(Nothing{}(input) == Tensor<float, Shape<6>>{{1, 2, 3, 4, 5, 6}});
}

TEST_CASE("network: of equal outputs the first is the class") {
  CHECK(Network<Input<3>, Flatten>{}.classify({{7, 7, 7}}) == 0);
  CHECK(Network<Input<3>, Flatten>{}.classify({{-1, 7, 7}}) == 1);
}

TEST_CASE("make_static: each place has a network of its own") {
  const auto one = make_static<Small>();
  const auto other = make_static<Small>();
  CHECK(&*one != &*other);
  *one = counted();
  CHECK(one.classify({{1, 1}}) == 1);
  CHECK(one({{1, 1}}) == counted()({{1, 1}}));
  CHECK(other({{1, 1}})[0] == 0);
  CHECK(one.parameter<"0.bias">()[0][2] == 0.5f);
  const Small& as_network = one;
  CHECK(&as_network == &*one);
}

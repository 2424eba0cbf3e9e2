#include <doctest/doctest.h>

#include <array>
#include <cortexpr/nn/network.hpp>
#include <cortexpr/train/trainer.hpp>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "fixtures.hpp"

// Programs of a user's size that the compiler trains within GCC's default limits, to the bits of the same program at
// run time. GCC allows 33.5 million operations for each constant expression, and takes about 20 bytes for each of them.

using namespace cortexpr;
using laws::at_run_time;
using laws::same_bits;

namespace {

/// How many of the samples are given the class that stands at their place.
template <class Net, class Inputs, std::size_t Count>
constexpr std::size_t right_answers(const Net& network, const Inputs& inputs,
                                    const std::array<std::uint32_t, Count>& labels) {
  std::size_t right = 0;
  for (std::size_t i = 0; i < Count; ++i) {
    typename Net::InputTensor sample{};
    for (std::size_t j = 0; j < sample.size(); ++j) sample[j] = inputs[i * sample.size() + j];
    right += network.classify(sample) == labels[i];
  }
  return right;
}

// ---- XOR: 19 million operations ----

using Xor = Network<Input<2>, Dense<4, Tanh>, Dense<1, Sigmoid>>;

constexpr Xor train_xor() {
  constexpr Tensor<float, Shape<4, 2>> inputs{{0, 0, 0, 1, 1, 0, 1, 1}};
  constexpr Tensor<float, Shape<4, 1>> targets{{0, 1, 1, 0}};
  Xor network;
  network.initialize(Seed{7});
  Trainer trainer{network, BinaryCrossEntropy{}, Momentum{.learning_rate = 0.5f}, batch_size<4>};
  for (int step = 0; step < 300; ++step) trainer.step(inputs, targets);
  return network;
}

constexpr Xor learned_xor = train_xor();
static_assert(learned_xor({0, 1})[0] > 0.9f && learned_xor({1, 0})[0] > 0.9f);
static_assert(learned_xor({0, 0})[0] < 0.1f && learned_xor({1, 1})[0] < 0.1f);

// ---- points of the plane between parabolas: 15 million ----

using Bands = Network<Input<2>, Dense<6, Tanh>, Dense<3>>;

struct Points {
  Tensor<float, Shape<30, 2>> points{};
  std::array<std::uint32_t, 30> labels{};
};

constexpr Points make_points() {
  Points result;
  const Random random{Seed{5}};
  for (std::size_t i = 0; i < 30; ++i) {
    const auto band = static_cast<std::uint32_t>(i % 3);
    const float x = 2 * random.uniform<float>(2 * i) - 1;
    result.points(i, 0) = x;
    result.points(i, 1) =
        x * x - 1.2f + 0.8f * static_cast<float>(band) + 0.5f * (random.uniform<float>(2 * i + 1) - 0.5f);
    result.labels[i] = band;
  }
  return result;
}

constexpr Bands train_bands() {
  const Points data = make_points();
  Bands network;
  network.initialize(Seed{8});
  Trainer trainer{network, SoftmaxCrossEntropy{}, Adam{.learning_rate = 0.2f}, batch_size<30>};
  for (int step = 0; step < 20; ++step) trainer.step(data.points, data.labels);
  return network;
}

constexpr Bands learned_bands = train_bands();
static_assert(right_answers(learned_bands, make_points().points, make_points().labels) == 30);

// ---- digits, by a convolutional network: 19 million ----

using Digits = Network<Input<1, 7, 5>, Conv2D<4, 2, Relu>, MaxPool2D<2>, Flatten, Dense<10>>;

constexpr std::array<std::uint32_t, 10> digit_labels{0, 1, 2, 3, 4, 5, 6, 7, 8, 9};

constexpr Tensor<float, Shape<10, 1, 7, 5>> draw_digits() {
  constexpr std::string_view rows[7] = {
      ".###. ..#.. .###. ##### ...#. ##### ..##. ##### .###. .###.",
      "#...# .##.. #...# ...#. ..##. #.... .#... ....# #...# #...#",
      "#..## ..#.. ....# ..#.. .#.#. ####. #.... ...#. #...# #...#",
      "#.#.# ..#.. ...#. ...#. #..#. ....# ####. ..#.. .###. .####",
      "##..# ..#.. ..#.. ....# ##### ....# #...# .#... #...# ....#",
      "#...# ..#.. .#... #...# ...#. #...# #...# .#... #...# ...#.",
      ".###. .###. ##### .###. ...#. .###. .###. .#... .###. .##..",
  };
  Tensor<float, Shape<10, 1, 7, 5>> images{};
  for (std::size_t digit = 0; digit < 10; ++digit)
    for (std::size_t y = 0; y < 7; ++y)
      for (std::size_t x = 0; x < 5; ++x) images(digit, 0, y, x) = rows[y][6 * digit + x] == '#' ? 1.0f : 0.0f;
  return images;
}

constexpr Digits train_digits() {
  const auto images = draw_digits();
  Digits network;
  network.initialize(Seed{24});
  Trainer trainer{network, SoftmaxCrossEntropy{}, Adam{.learning_rate = 0.15f}, batch_size<10>};
  for (int step = 0; step < 5; ++step) trainer.step(images, digit_labels);
  return network;
}

constexpr Digits learned_digits = train_digits();
static_assert(right_answers(learned_digits, draw_digits(), digit_labels) == 10);

}  // namespace

TEST_CASE("XOR learned in the compiler has the bits of XOR learned at run time") {
  CHECK(same_bits(at_run_time(train_xor).block(), learned_xor.block()));
}

TEST_CASE("a classifier of points learned in the compiler has the bits of the one learned at run time") {
  CHECK(same_bits(at_run_time(train_bands).block(), learned_bands.block()));
}

TEST_CASE("a convolutional classifier learned in the compiler has the bits of the one learned at run time") {
  CHECK(same_bits(at_run_time(train_digits).block(), learned_digits.block()));
}

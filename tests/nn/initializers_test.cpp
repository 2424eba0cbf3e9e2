#include <doctest/doctest.h>

#include <cmath>
#include <cortexpr/nn/activations.hpp>
#include <cortexpr/nn/initializers.hpp>
#include <cortexpr/nn/network.hpp>
#include <type_traits>

using namespace cortexpr;

namespace {

struct Moments {
  double mean, deviation, largest;
};

template <class Initializer>
Moments moments(Fan fan) {
  constexpr std::size_t count = 40'000;
  const Random random{Seed{5}};
  double sum = 0, squares = 0, largest = 0;
  for (std::size_t i = 0; i < count; ++i) {
    const double value = Initializer::template sample<double>(random, i, fan);
    sum += value;
    squares += value * value;
    largest = std::max(largest, std::abs(value));
  }
  const double mean = sum / count;
  return {mean, std::sqrt(squares / count - mean * mean), largest};
}

/// The mean is 0 and the deviation as expected, within four standard errors.
template <class Initializer>
void check_deviation(double expected, Fan fan = {300, 100}) {
  const Moments found = moments<Initializer>(fan);
  CHECK(std::abs(found.mean) < 4 * expected / 200);
  CHECK(found.deviation == doctest::Approx(expected).epsilon(4 * 0.71 / 200));
}

}  // namespace

TEST_CASE("initializers have the variances of their papers") {
  check_deviation<Normal<0.3f>>(0.3);
  check_deviation<Uniform<0.3f>>(0.3 / std::sqrt(3.0));
  check_deviation<GlorotNormal>(std::sqrt(2.0 / 400));
  check_deviation<GlorotUniform>(std::sqrt(2.0 / 400));
  check_deviation<HeNormal>(std::sqrt(2.0 / 300));
  check_deviation<HeUniform>(std::sqrt(2.0 / 300));
  check_deviation<LecunNormal>(std::sqrt(1.0 / 300));
  check_deviation<HeNormal>(std::sqrt(2.0), {1, 1});
  CHECK(moments<Zeros>({3, 3}).largest == 0);
  CHECK(moments<Ones>({3, 3}).mean == 1);
}

TEST_CASE("uniform initializers stay within their limits, and reach them") {
  CHECK(moments<Uniform<0.3f>>({1, 1}).largest <= 0.3f);
  CHECK(moments<Uniform<0.3f>>({1, 1}).largest > 0.299);
  CHECK(moments<GlorotUniform>({300, 100}).largest <= std::sqrt(6.0 / 400) * (1 + 1e-7));
  CHECK(moments<HeUniform>({300, 100}).largest <= std::sqrt(6.0 / 300) * (1 + 1e-7));
}

TEST_CASE("a Dense layer passes its fans to the initializer, and its biases are zero") {
  Network<Input<400>, Dense<200, Relu>> network;
  network.initialize(Seed{2});
  double squares = 0;
  for (std::size_t i = 0; i < 400; ++i)
    for (std::size_t j = 0; j < 200; ++j)
      squares += std::pow(static_cast<double>(network.parameter<"0.weight">()[i][j]), 2);
  CHECK(std::sqrt(squares / 80'000) == doctest::Approx(std::sqrt(2.0 / 400)).epsilon(0.01));
  for (std::size_t j = 0; j < 200; ++j) CHECK(network.parameter<"0.bias">()[0][j] == 0);
}

// Without forget gates near 1 a cell forgets its state at first (Jozefowicz et al., 2015).
TEST_CASE("the biases of recurrent layers are zero, but for those of the forget gates of an Lstm, which are 1") {
  Network<Input<4, 2>, Lstm<3, ReturnSequences>, Gru<3, ReturnSequences>, SimpleRnn<3>> network;
  network.initialize(Seed{2});
  const auto all_are = [](auto rows, std::size_t first, std::size_t last, float value) {
    for (std::size_t row = first; row < last; ++row)
      for (std::size_t unit = 0; unit < 3; ++unit) CHECK(rows[row][unit] == value);
  };
  all_are(network.parameter<"0.input_bias">(), 0, 1, 0);  // gates i, f, g, o
  all_are(network.parameter<"0.input_bias">(), 1, 2, 1);
  all_are(network.parameter<"0.input_bias">(), 2, 4, 0);
  all_are(network.parameter<"0.recurrent_bias">(), 0, 4, 0);
  all_are(network.parameter<"1.input_bias">(), 0, 3, 0);
  all_are(network.parameter<"1.recurrent_bias">(), 0, 3, 0);
  all_are(network.parameter<"2.input_bias">(), 0, 1, 0);
  all_are(network.parameter<"2.recurrent_bias">(), 0, 1, 0);
}

// The default initializer depends on the activation.
static_assert(std::is_same_v<DefaultInitializer<Tanh>, GlorotNormal>);
static_assert(std::is_same_v<DefaultInitializer<Linear>, GlorotNormal>);
static_assert(std::is_same_v<DefaultInitializer<Softmax>, GlorotNormal>);
static_assert(std::is_same_v<DefaultInitializer<Relu>, HeNormal>);
static_assert(std::is_same_v<DefaultInitializer<LeakyRelu<0.2f>>, HeNormal>);
static_assert(std::is_same_v<DefaultInitializer<Selu>, LecunNormal>);

TEST_CASE("the square root of the initializers is within an ulp") {
  for (const float x : {1e-8f, 0.0001f, 0.5f, 1.0f, 2.0f, 3.0f, 1234.5f, 1e8f})
    CHECK(detail::root(x) == doctest::Approx(std::sqrt(x)).epsilon(1.2e-7));
}

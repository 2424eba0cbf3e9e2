#include <doctest/doctest.h>

#include <array>
#include <cmath>
#include <cortexpr/nn/network.hpp>
#include <cortexpr/train/trainer.hpp>

// A user's own loss, optimizer and schedule: each is one struct.

using namespace cortexpr;

namespace {

/// log cosh(output - target), whose derivative is tanh
struct LogCosh {
  template <class Simd, std::size_t Columns, class T>
  constexpr T operator()(const T* output, const T* target, T* gradient, T scale) const {
    T sum = 0;
    for (std::size_t j = 0; j < simd::row_stride<T>(Columns); ++j) {
      const T error = j < Columns ? output[j] - target[j] : T(0);
      gradient[j] = scale * std::tanh(error);
      sum += std::log(std::cosh(error));
    }
    return sum;
  }
};

/// p -= lr sign(g)
struct SignDescent {
  float (*learning_rate)(const Progress&);
  static constexpr std::size_t state_slots = 0;

  template <class T>
  struct Rule {
    T rate;
    template <class Pack>
    constexpr void operator()(Pack& parameter, Pack gradient, Pack*) const {
      const Pack step = copysign(Pack::broadcast(rate), gradient);
      parameter = parameter - select(gradient == Pack::zero(), Pack::zero(), step);
    }
  };
  template <class T>
  [[nodiscard]] constexpr Rule<T> rule(float rate, std::uint64_t) const {
    return {static_cast<T>(rate)};
  }
};

float halving(const Progress& progress) { return std::ldexp(0.125f, -static_cast<int>(progress.step)); }

}  // namespace

static_assert(Loss<LogCosh> && Loss<Huber> && Loss<KullbackLeibler, double, 7>);
static_assert(!Loss<Sgd<>> && !Loss<float>);
static_assert(Optimizer<SignDescent> && Optimizer<AdamW<OneCycle, float>> && Optimizer<RmsProp<>, double>);
static_assert(!Optimizer<Huber> && !Optimizer<float>);
static_assert(Schedule<decltype(&halving)> && Schedule<Warmup<CosineDecay>> && Schedule<ReduceOnPlateau>);
static_assert(!Schedule<float> && !Schedule<Sgd<>>);

TEST_CASE("a loss, an optimizer and a schedule of one's own train a network") {
  Network<Input<2>, Dense<2>> network;
  const std::array<float, 4> weights = {0.5f, -0.5f, 1, 2};
  for (std::size_t i = 0; i < 4; ++i) network.parameter<"0.weight">()[i / 2][i % 2] = weights[i];
  Trainer trainer{network, LogCosh{}, SignDescent{halving}, batch_size<1>};
  const Tensor<float, Shape<1, 2>> inputs{{1, -1}}, targets{{0, 0}};  // the outputs are -0.5 and -2.5
  const double loss = std::log(std::cosh(0.5)) + std::log(std::cosh(2.5));
  CHECK(double{trainer.step(inputs, targets)} == doctest::Approx(loss));
  CHECK(trainer.learning_rate() == 0.0625f);
  trainer.step(inputs, targets);
  const std::array<float, 4> signs = {1, 1, -1, -1};
  for (std::size_t i = 0; i < 4; ++i)
    CHECK(network.parameter<"0.weight">()[i / 2][i % 2] == weights[i] + 0.1875f * signs[i]);
}

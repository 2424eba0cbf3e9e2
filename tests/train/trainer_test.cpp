#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cortexpr/nn/network.hpp>
#include <cortexpr/train/trainer.hpp>
#include <limits>
#include <memory>
#include <span>
#include <type_traits>
#include <vector>

#include "../laws/fixtures.hpp"

using namespace cortexpr;
using laws::same_bits;

namespace {

using Net = Network<Input<3>, Dense<6, Tanh>, Dense<2>>;
constexpr std::size_t batch = 5;
using Inputs = Tensor<float, Shape<batch, 3>>;
using Labels = std::array<std::uint32_t, batch>;

Net drawn() {
  Net network;
  network.initialize(Seed{1});
  return network;
}
Inputs some_inputs() {
  Inputs inputs{};
  laws::fill_normal(inputs, 1);
  return inputs;
}
constexpr Labels some_labels = {0, 1, 1, 0, 1};

/// The Euclidean norm of the difference of two networks' parameters.
double distance(const Net& a, const Net& b) {
  double squares = 0;
  for (std::size_t i = 0; i < Net::block_elements; ++i) {
    const double difference = static_cast<double>(a.block()[i]) - static_cast<double>(b.block()[i]);
    squares += difference * difference;
  }
  return std::sqrt(squares);
}

}  // namespace

TEST_CASE("step: returns the mean loss before the step, and lowers it") {
  Net network = drawn();
  Trainer trainer{network, MeanSquaredError{}, Sgd{.learning_rate = 0.05f}, batch_size<batch>};
  const Inputs inputs = some_inputs();
  Tensor<float, Shape<batch, 2>> targets{};
  laws::fill_normal(targets, 2);
  double expected = 0;
  for (std::size_t i = 0; i < batch; ++i) {
    const auto output = network({{inputs(i, 0), inputs(i, 1), inputs(i, 2)}});
    for (std::size_t j = 0; j < 2; ++j)
      expected += std::pow(static_cast<double>(output[j] - targets(i, j)), 2) / 2 / batch;
  }
  const float first = trainer.step(inputs, targets);
  CHECK(static_cast<double>(first) == doctest::Approx(expected).epsilon(1e-6));
  CHECK(trainer.step(inputs, targets) < first);
  CHECK(trainer.progress().step == 2);
}

TEST_CASE("step: class indices in any contiguous range are one-hot targets") {
  const Inputs inputs = some_inputs();
  const auto step = [&](const auto& labels) {
    Net network = drawn();
    Trainer trainer{network, SoftmaxCrossEntropy{}, Sgd{}, batch_size<batch>};
    trainer.step(inputs, labels);
    return network;
  };
  const Net expected = step(Tensor<float, Shape<batch, 2>>{{1, 0, 0, 1, 0, 1, 1, 0, 0, 1}});
  CHECK(same_bits(step(some_labels).block(), expected.block()));
  CHECK(same_bits(step(std::vector<int>{0, 1, 1, 0, 1}).block(), expected.block()));
  CHECK(same_bits(step(std::vector<std::uint8_t>{0, 1, 1, 0, 1, 99}).block(), expected.block()));
  CHECK(same_bits(step(Tensor<std::uint16_t, Shape<batch>>{{0, 1, 1, 0, 1}}).block(), expected.block()));
  CHECK(same_bits(step(std::span<const std::uint32_t>{some_labels}).block(), expected.block()));
}

TEST_CASE("step: a loss that is not finite changes nothing") {
  Net network = drawn();
  Trainer trainer{network, SoftmaxCrossEntropy{}, Momentum{}, batch_size<batch>};
  trainer.step(some_inputs(), some_labels);
  const Net before = network;
  Inputs bad = some_inputs();
  bad[4] = std::numeric_limits<float>::quiet_NaN();
  CHECK(std::isnan(trainer.step(bad, some_labels)));
  CHECK(same_bits(network.block(), before.block()));
  CHECK(trainer.progress().step == 1);

  Net other = drawn();
  Trainer spared{other, SoftmaxCrossEntropy{}, Momentum{}, batch_size<batch>};
  spared.step(some_inputs(), some_labels);
  trainer.step(some_inputs(), some_labels);
  spared.step(some_inputs(), some_labels);
  CHECK(same_bits(network.block(), other.block()));
}

TEST_CASE_TEMPLATE("step: a label that is no class makes the loss NaN and changes nothing", AnyLoss,
                   SoftmaxCrossEntropy, MeanSquaredError, MeanAbsoluteError, Huber, BinaryCrossEntropy,
                   KullbackLeibler) {
  constexpr bool of_probabilities =
      std::is_same_v<AnyLoss, BinaryCrossEntropy> || std::is_same_v<AnyLoss, KullbackLeibler>;
  using Last = std::conditional_t<of_probabilities, Softmax, Linear>;
  Network<Input<3>, Dense<6, Tanh>, Dense<2, Last>> network, before;
  before.initialize(Seed{1});
  for (const int label : {2, -1, 1000}) {
    network = before;
    Trainer trainer{network, AnyLoss{}, Sgd{}, batch_size<batch>};
    CHECK(std::isnan(trainer.step(some_inputs(), std::array<int, batch>{0, 1, label, 0, 1})));
    CHECK(same_bits(network.block(), before.block()));
    CHECK(std::isfinite(trainer.step(some_inputs(), some_labels)));
  }
}

TEST_CASE("step: an empty range of labels makes no step") {
  Net network = drawn();
  Trainer trainer{network, SoftmaxCrossEntropy{}, Momentum{.learning_rate = 0.1f, .clip_norm = 1.0f},
                  batch_size<batch>};
  trainer.step(some_inputs(), some_labels);
  const Net before = network;
  CHECK(trainer.step(some_inputs(), std::span{some_labels}.first(0)) == 0);
  CHECK(same_bits(network.block(), before.block()));
  CHECK(trainer.progress().step == 1);
}

TEST_CASE("step: clip_norm limits the norm over all parameters") {
  const Inputs inputs = some_inputs();
  Net network = drawn(), gradient;
  Trainer trainer{network, SoftmaxCrossEntropy{}, Sgd{}, batch_size<batch>};
  trainer.forward(inputs);
  trainer.backward(some_labels, gradient);
  const double norm = distance(gradient, Net{});
  REQUIRE(norm > 0.1);
  const auto clipped_step = [&](double limit) {
    Net moved = drawn();
    Trainer clipping{moved, SoftmaxCrossEntropy{}, Sgd{.learning_rate = 1.0f, .clip_norm = static_cast<float>(limit)},
                     batch_size<batch>};
    clipping.step(inputs, some_labels);
    return distance(moved, drawn());
  };
  CHECK(clipped_step(norm / 10) == doctest::Approx(norm / 10).epsilon(1e-5));
  CHECK(clipped_step(norm * 0.99) == doctest::Approx(norm * 0.99).epsilon(1e-5));
  CHECK(clipped_step(norm * 1.01) == doctest::Approx(norm).epsilon(1e-5));
}

TEST_CASE("the gradients of micro-batches add up to the gradient of the batch") {
  const Inputs inputs = some_inputs();
  Net network = drawn(), whole;
  Trainer trainer{network, SoftmaxCrossEntropy{}, Sgd{}, batch_size<batch>};
  trainer.forward(inputs);
  trainer.backward(some_labels, whole);
  Net sum, one;
  Trainer single{network, SoftmaxCrossEntropy{}, Sgd{}, batch_size<1>};
  for (std::size_t i = 0; i < batch; ++i) {
    const Tensor<float, Shape<1, 3>> input{{inputs(i, 0), inputs(i, 1), inputs(i, 2)}};
    single.forward(input);
    single.backward(std::span{some_labels}.subspan(i, 1), one);
    for (std::size_t j = 0; j < Net::block_elements; ++j) sum.block()[j] += one.block()[j] / batch;
  }
  CHECK(distance(sum, whole) < 1e-6);
  CHECK(distance(sum, Net{}) > 0.1);
}

TEST_CASE("learning_rate: follows the plan, and is constant after its end") {
  Net network = drawn();
  Trainer trainer{network, SoftmaxCrossEntropy{}, Sgd{.learning_rate = LinearDecay{0.3f, 0.1f}}, batch_size<batch>};
  trainer.plan(3, 2);
  for (const float expected : {0.3f, 0.3f, 0.2f, 0.2f, 0.1f, 0.1f}) {
    CHECK(trainer.learning_rate() == doctest::Approx(expected));
    trainer.step(some_inputs(), some_labels);
  }
  trainer.step(some_inputs(), some_labels);
  CHECK(trainer.learning_rate() == doctest::Approx(0.1f));
}

TEST_CASE("a trainer takes the handle of a network in static memory") {
  auto network = make_static<Net>();
  network.initialize(Seed{1});
  Trainer trainer{network, SoftmaxCrossEntropy{}, Sgd{}, batch_size<batch>};
  trainer.step(some_inputs(), some_labels);
  Net plain = drawn();
  Trainer other{plain, SoftmaxCrossEntropy{}, Sgd{}, batch_size<batch>};
  other.step(some_inputs(), some_labels);
  CHECK(same_bits((*network).block(), plain.block()));
}

TEST_CASE("the weights of a dropped unit do not change in its step, and masks change with the step") {
  using Dropping = Network<Input<3>, Dense<40, Linear, Normal<0.5f>>, Dropout<0.5f>, Dense<1>>;
  Dropping network, gradient;
  network.initialize(Seed{1});
  Trainer trainer{network, MeanSquaredError{}, Sgd{.learning_rate = 0.0f}, batch_size<1>};
  trainer.plan(1, 10, Seed{2});
  const Tensor<float, Shape<1, 3>> input{{1, 2, 3}};
  static const Tensor<float, Shape<1, 1>> target{{5}};
  std::array<std::array<bool, 40>, 2> dropped{};
  for (auto& step : dropped) {
    trainer.forward(input);
    const auto outputs = trainer.workspace().template output<1>();
    for (std::size_t unit = 0; unit < 40; ++unit) step[unit] = outputs[0][unit] == 0;
    trainer.backward(target, gradient);
    for (std::size_t unit = 0; unit < 40; ++unit) {
      CHECK((gradient.parameter<"0.bias">()[0][unit] == 0) == step[unit]);
      CHECK((gradient.parameter<"2.weight">()[unit][0] == 0) == step[unit]);
    }
    trainer.update(gradient);
  }
  CHECK(dropped[0] != dropped[1]);
}

namespace {

/// For each output of a layer in the last forward pass, of one sample, whether it is not 0.
template <std::size_t layer>
std::vector<bool> kept_by(const auto& trainer) {
  const auto outputs = trainer.workspace().template output<layer>();
  return std::vector<bool>(outputs[0], outputs[0] + outputs.columns);
}

double share(const std::vector<bool>& kept) {
  return static_cast<double>(std::count(kept.begin(), kept.end(), true)) / static_cast<double>(kept.size());
}

}  // namespace

TEST_CASE("each dropout of a network has a mask of its own, also in and after composites") {
  using Two = Sequential<Dropout<0.5f>, Dropout<0.5f>>;
  using Dropping = Network<Input<2>, Dense<2000, Linear, Ones>, Dropout<0.5f>, Dropout<0.5f>, Two,
                           Concat<Dropout<0.5f>, Dropout<0.5f>>, Dropout<0.5f>, Dense<1>>;
  const auto network = std::make_unique<Dropping>();
  network->initialize(Seed{1});
  const auto trainer = std::make_unique<Trainer<Dropping, MeanSquaredError, Sgd<>, 1, 1>>(*network, MeanSquaredError{},
                                                                                          Sgd{}, batch_size<1>);
  trainer->plan(1, 10, Seed{2});
  const Tensor<float, Shape<1, 2>> inputs{{1, 1}};
  trainer->forward(inputs);
  // A mask that is equal to one before it would drop nothing more.
  CHECK(share(kept_by<1>(*trainer)) == doctest::Approx(1.0 / 2).epsilon(0.1));
  CHECK(share(kept_by<2>(*trainer)) == doctest::Approx(1.0 / 4).epsilon(0.2));
  CHECK(share(kept_by<3>(*trainer)) == doctest::Approx(1.0 / 16).epsilon(0.4));
  const std::vector<bool> branches = kept_by<4>(*trainer);
  CHECK(share(branches) == doctest::Approx(1.0 / 32).epsilon(0.4));
  CHECK_FALSE(std::equal(branches.begin(), branches.begin() + 2000, branches.begin() + 2000));
  CHECK(share(kept_by<5>(*trainer)) == doctest::Approx(1.0 / 64).epsilon(0.5));
}

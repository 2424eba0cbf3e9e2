#include <doctest/doctest.h>

#include <array>
#include <cmath>
#include <cortexpr/data/dataset.hpp>
#include <cortexpr/train/fit.hpp>
#include <cstdint>
#include <limits>
#include <string>
#include <vector>

#include "../laws/fixtures.hpp"
#include "fixtures.hpp"

// Expected values were computed in Python from the definition: the sum of the weighted losses, divided by the sum of the
// weights.

using namespace cortexpr;
using namespace test;
using laws::same_bits;

namespace {

constexpr float not_a_number = std::numeric_limits<float>::quiet_NaN();

/// A network whose outputs are its inputs. With Sgd at rate 1 the biases become minus the mean gradient by the outputs.
struct Logits {
  Network<Input<3>, Dense<3>> network;
  Logits() {
    for (std::size_t i = 0; i < 3; ++i) network.parameter<"0.weight">()[i][i] = 1;
  }
  Logits(const Logits&) = delete;
  void check_gradient(std::array<double, 3> expected) {
    for (std::size_t j = 0; j < 3; ++j) {
      CAPTURE(j);
      CHECK(network.parameter<"0.bias">()[0][j] == doctest::Approx(-expected[j]).epsilon(1e-5));
    }
  }
};

constexpr Tensor<float, Shape<4, 3>> inputs{{1, 2, 3, 0.5f, -1, 0.25f, 2, 0, -2, -1, 1, 0}};
constexpr std::array<int, 4> labels{0, 2, 1, 1};
constexpr std::array<float, 4> weights{2, 0.5f, 0, 1.5f};
constexpr std::array<float, 3> class_weights{1, 4, 0.25f};
constexpr Sgd<> rate_1{.learning_rate = 1};

}  // namespace

TEST_CASE("sample weights: the mean of the losses is weighted") {
  Logits plain;
  Trainer trainer{plain.network, SoftmaxCrossEntropy{}, rate_1, batch_size<4>};
  CHECK(trainer.step(inputs, labels, weights) == doctest::Approx(1.4746692421890724).epsilon(1e-6));
  plain.check_gradient({-0.3587835322492653, 0.010761777824232321, 0.3480217544250328});
}

TEST_CASE("sample weights: multiply the weights of classes") {
  Logits both;
  Trainer trainer{both.network, SoftmaxCrossEntropy{.class_weights = class_weights}, rate_1, batch_size<4>};
  CHECK(trainer.step(inputs, labels, weights) == doctest::Approx(0.9081675986283425).epsilon(1e-6));
  both.check_gradient({-0.14982347057357592, -0.1852510940751014, 0.33507456464867713});
}

TEST_CASE("sample weights: targets that are numbers, also in micro-batches; a weight of 0 leaves a target of NaN out") {
  constexpr Tensor<float, Shape<4, 3>> targets{{1, 1, 1, 0, 0, 0, not_a_number, not_a_number, not_a_number, 0, 1, 2}};
  Logits whole, parts;
  Trainer trainer{whole.network, MeanSquaredError{}, rate_1, batch_size<4>};
  CHECK(trainer.step(inputs, targets, weights) == doctest::Approx(1.5130208333333335).epsilon(1e-6));
  whole.check_gradient({-0.20833333333333334, 0.25, 0.1875});
  Trainer in_parts{parts.network, MeanSquaredError{}, rate_1, batch_size<4, 2>};
  CHECK(in_parts.step(inputs, targets, weights) == doctest::Approx(1.5130208333333335).epsilon(1e-6));
  CHECK(same_bits(whole.network.block(), parts.network.block()));
}

TEST_CASE("sample weights: too few, negative or NaN make the loss NaN and change nothing; all 0 train nothing") {
  Logits made;
  const auto before = made.network;
  Trainer trainer{made.network, SoftmaxCrossEntropy{}, rate_1, batch_size<4>};
  CHECK(std::isnan(trainer.step(inputs, labels, std::array<float, 3>{1, 1, 1})));
  CHECK(std::isnan(trainer.step(inputs, labels, std::array<float, 4>{1, 1, -1, 1})));
  CHECK(std::isnan(trainer.step(inputs, labels, std::array<float, 4>{-1, -1, -1, -1})));
  CHECK(std::isnan(trainer.step(inputs, labels, std::array<float, 4>{1, not_a_number, 1, 1})));
  CHECK(trainer.step(inputs, labels, std::array<float, 4>{}) == 0);
  CHECK(same_bits(made.network.block(), before.block()));
}

TEST_CASE("sample weights: fit and evaluate take them from the data set") {
  const ClassificationSet data{{inputs.begin(), inputs.end()}, 3, {0, 2, 1, 1}};
  const Weighted weighted{data, weights};
  Logits made;
  CHECK(evaluate(made.network, weighted).loss == doctest::Approx(1.4746692421890724).epsilon(1e-6));
  CHECK(evaluate(made.network, weighted, SoftmaxCrossEntropy{.class_weights = class_weights}).loss ==
        doctest::Approx(0.9081675986283425).epsilon(1e-6));
  Trainer trainer{made.network, SoftmaxCrossEntropy{}, rate_1, batch_size<4>};
  const History history = trainer.fit(weighted, data, {.epochs = 1});
  CHECK(history.ok());
  CHECK(history.back().training_loss == doctest::Approx(1.4746692421890724).epsilon(1e-6));
  made.check_gradient({-0.3587835322492653, 0.010761777824232321, 0.3480217544250328});
}

TEST_CASE("sample weights of 1 give the bits of none") {
  const std::vector<float> ones(training.size(), 1.0f);
  Fresh with, without;
  const History weighted = with.trainer.fit(Weighted{training, ones}, held_out, {.epochs = 3});
  const History plain = without.trainer.fit(training, held_out, {.epochs = 3});
  CHECK(weighted.back().training_loss == plain.back().training_loss);
  CHECK(same_bits(with.network.block(), without.network.block()));
}

TEST_CASE("sample weights: the training loss is the mean over all batches since the last evaluation") {
  // Without training, the mean over batches of unlike weight is that of evaluate.
  const auto loss_of = [](const auto& data, const SoftmaxCrossEntropy& loss) {
    Fresh run;
    Trainer trainer{run.network, loss, Sgd{.learning_rate = 0.0f}, batch_size<8>};
    const History history = trainer.fit(data, data, {.epochs = 1});
    CHECK(history.back().training_loss == doctest::Approx(history.back().loss).epsilon(1e-5));
  };
  std::vector<float> unlike;
  for (std::size_t i = 0; i < training.size(); ++i) unlike.push_back(static_cast<float>(i % 7));
  constexpr std::array<float, 2> of_classes{1, 5};
  loss_of(Weighted{training, unlike}, {});
  loss_of(training, {.class_weights = of_classes});
  loss_of(Weighted{training, unlike}, {.class_weights = of_classes});
}

TEST_CASE("sample weights: fit and evaluate refuse weights that are no weights with one sentence") {
  std::vector<float> bad(training.size(), 1.0f);
  const Weighted weighted{training, bad};
  const auto message = [&] {
    Fresh run;
    const History history = run.trainer.fit(weighted, held_out, {.epochs = 1});
    CHECK(history.stop == Stop::refused);
    return history.message;
  };
  bad[17] = -2;
  CHECK(message() ==
        "Trainer::fit: the weight of sample 17 of the training data must be a finite number of at least 0, found -2; "
        "correct it");
  bad[17] = std::numeric_limits<float>::infinity();
  CHECK(message() ==
        "Trainer::fit: the weight of sample 17 of the training data must be a finite number of at least 0, found inf; "
        "correct it");
  bad.assign(bad.size(), 0.0f);
  CHECK(message() ==
        "Trainer::fit: a sample of the training data must have a weight above 0, but all are 0; correct them");
  Fresh run;
  CHECK_THROWS_AS(static_cast<void>(evaluate(run.network, weighted)), DataError);
}

TEST_CASE("labels that are ignored may be negative in a data set") {
  const std::vector<float> values(inputs.begin(), inputs.end());
  const std::vector<int> some{0, -100, 1, 1};
  const Dataset data{values, some};
  Logits made;
  const SoftmaxCrossEntropy loss{.ignore_label = -100};
  const double expected = evaluate(made.network, data, loss).loss;
  CHECK(std::isfinite(expected));
  Trainer trainer{made.network, loss, rate_1, batch_size<4>};
  const History history = trainer.fit(data, data, {.epochs = 1});
  CHECK(history.message.empty());
  CHECK(history.back().training_loss == doctest::Approx(expected).epsilon(1e-6));
}

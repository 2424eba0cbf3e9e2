#include <doctest/doctest.h>

#include <cmath>
#include <cortexpr/data/dataset.hpp>
#include <cortexpr/nn/network.hpp>
#include <cortexpr/train/metrics.hpp>
#include <string>
#include <vector>

using namespace cortexpr;

namespace {

/// A network whose three outputs equal its inputs.
template <class T = float>
auto identity() {
  with_scalar<T, Network<Input<3>, Dense<3>>> network;
  for (std::size_t i = 0; i < 3; ++i) network.template parameter<"0.weight">()[i][i] = 1;
  return network;
}

/// `count` samples with the largest value at predicted(i), labelled actual(i).
template <class Predicted, class Actual>
ClassificationSet samples(std::size_t count, Predicted predicted, Actual actual) {
  std::vector<float> inputs(3 * count);
  std::vector<std::uint32_t> labels;
  for (std::size_t i = 0; i < count; ++i) {
    inputs[3 * i + predicted(i)] = 2;
    labels.push_back(static_cast<std::uint32_t>(actual(i)));
  }
  return {std::move(inputs), 3, std::move(labels)};
}

}  // namespace

TEST_CASE_TEMPLATE("evaluate: counts the confusion matrix over more samples than one batch", T, float, double) {
  // 130 samples; a third of them are classified as the next class.
  const auto actual = [](std::size_t i) { return i % 3; };
  const auto predicted = [](std::size_t i) { return i % 9 < 3 ? (i + 1) % 3 : i % 3; };
  const Metrics metrics = evaluate(identity<T>(), samples(130, predicted, actual));
  std::size_t right = 0, counts[3][3] = {};
  for (std::size_t i = 0; i < 130; ++i) {
    ++counts[actual(i)][predicted(i)];
    right += actual(i) == predicted(i);
  }
  CHECK(metrics.accuracy == static_cast<double>(right) / 130);
  REQUIRE(metrics.confusion.classes() == 3);
  for (std::size_t a = 0; a < 3; ++a)
    for (std::size_t p = 0; p < 3; ++p) CHECK(metrics.confusion(a, p) == counts[a][p]);
  // Logits 2, 0, 0: the right class costs log(e^2 + 2) - 2, a wrong one log(e^2 + 2).
  const double total = std::log(std::exp(2.0) + 2);
  const double expected = (static_cast<double>(right) * (total - 2) + static_cast<double>(130 - right) * total) / 130;
  CHECK(metrics.loss == doctest::Approx(expected).epsilon(1e-6));
}

TEST_CASE("evaluate: uses the loss that is passed") {
  const auto same = [](std::size_t i) { return i % 3; };
  // One of three outputs differs from its target, by 2 - 1.
  CHECK(evaluate(identity(), samples(9, same, same), MeanSquaredError{}).loss == doctest::Approx(1.0 / 3));
}

TEST_CASE("evaluate: the first of equal outputs is the predicted class") {
  const Metrics metrics = evaluate(identity(), ClassificationSet{{1, 1, 1, 0, 3, 3}, 3, {0, 1}});
  CHECK(metrics.accuracy == 1);
}

TEST_CASE("evaluate: data with targets have a loss and no classes") {
  const RegressionSet data{{1, 2, 3, 4, 5, 6}, 3, {1, 2, 3, 4, 5, 9}, 3};
  const Metrics metrics = evaluate(identity(), data, MeanSquaredError{.sum_over_outputs = true});
  CHECK(metrics.loss == doctest::Approx(4.5));
  CHECK(metrics.confusion.classes() == 0);
  CHECK(std::isnan(metrics.accuracy));
  CHECK_FALSE(metrics.precision(0).has_value());
  CHECK_FALSE(metrics.f1().has_value());
  CHECK_FALSE(metrics.top(1).has_value());
}

TEST_CASE("evaluate: data that do not fit the network throw DataError with one sentence") {
  const auto message_of = [](const auto& data) -> std::string {
    try {
      (void)evaluate(identity(), data);
    } catch (const DataError& error) {
      return error.what();
    }
    return "no error";
  };
  CHECK(message_of(ClassificationSet{{1, 2}, 2, {0}}) ==
        "evaluate: a sample of the data must have the 3 values of the network's Input, found 2; change Input or the "
        "data");
  CHECK(message_of(ClassificationSet{{1, 2, 3, 4, 5, 6}, 3, {0, 3}}) ==
        "evaluate: label of sample 1 of the data: expected a class below the network's 3 outputs, found 3; widen the "
        "last layer or check the labels");
  CHECK(message_of(ClassificationSet{{}, 3, {}}) ==
        "evaluate: the data must hold at least one sample, found 0; there is nothing to evaluate");
  CHECK(message_of(RegressionSet{{1, 2, 3}, 3, {1, 2}, 2}) ==
        "evaluate: a target of the data must have the 3 values of the network's output, found 2; change the last layer "
        "or the data");
}

TEST_CASE("evaluate: runs dropout as inference does, and takes a network in static memory") {
  using Dropping = Network<Input<3>, Dropout<0.9f>, Dense<3>>;
  auto network = make_static<Dropping>();
  for (std::size_t i = 0; i < 3; ++i) network.parameter<"1.weight">()[i][i] = 1;
  const auto same = [](std::size_t i) { return i % 3; };
  CHECK(evaluate(network, samples(30, same, same)).accuracy == 1);
}

#include <doctest/doctest.h>

#include <cmath>
#include <cortexpr/data/dataset.hpp>
#include <cortexpr/nn/network.hpp>
#include <cortexpr/train/metrics.hpp>
#include <optional>
#include <string>
#include <vector>

// Expected values are those of scikit-learn 1.9, or of the definitions.

using namespace cortexpr;
using doctest::Approx;

namespace {

template <std::size_t N, class... Others>
auto identity() {
  Network<Input<N>, Dense<N>, Others...> network;
  for (std::size_t i = 0; i < N; ++i) network.template parameter<"0.weight">()[i][i] = 1;
  return network;
}

const ClassificationSet eight{
    {3, 1, 0, 0, 2, 1, 1, 2, 0, 0, 1, 3, 2, 1, 0, 1, 0, 2, 0, 0, 1, 0, 3, 1}, 3, {0, 1, 2, 2, 1, 0, 2, 1}};

}  // namespace

TEST_CASE("metrics: of several classes") {
  const Metrics metrics = evaluate(identity<3>(), eight);
  CHECK(metrics.accuracy == 0.625);
  CHECK(metrics.precision(0) == 0.5);
  CHECK(*metrics.precision(1) == Approx(2.0 / 3));
  CHECK(metrics.recall(0) == 0.5);
  CHECK(*metrics.recall(2) == Approx(2.0 / 3));
  CHECK(*metrics.f1(1) == Approx(2.0 / 3));
  CHECK(*metrics.f1() == Approx(0.611111111111111));
  CHECK(metrics.top(1) == 0.625);
  CHECK(metrics.top(2) == 0.875);
  CHECK(metrics.top(3) == 1.0);
  // What has no meaning is absent.
  CHECK_FALSE(metrics.top(0).has_value());
  CHECK_FALSE(metrics.top(4).has_value());
  CHECK_FALSE(metrics.precision(3).has_value());
  CHECK_FALSE(metrics.auc().has_value());
  CHECK_FALSE(metrics.r2().has_value());
}

TEST_CASE("metrics: targets of one class of several have an accuracy, and a target of zeros does not count") {
  const RegressionSet data{{3, 1, 0, 0, 2, 1, 1, 2, 0, 5, 5, 5}, 3, {1, 0, 0, 0, 1, 0, 0.2f, 0.2f, 0.6f, 0, 0, 0}, 3};
  const Metrics metrics = evaluate(identity<3>(), data);
  CHECK(metrics.accuracy == Approx(2.0 / 3));
  CHECK(metrics.confusion(2, 1) == 1);
  CHECK_FALSE(metrics.precision(2).has_value());  // nothing was predicted as class 2
  CHECK(metrics.recall(2) == 0.0);
}

TEST_CASE("metrics: two classes have an area under the curve, and f1 of class 1") {
  // Differences of the outputs: 0.1, 0.4, 0.35, 0.8, 0.4, 0.7, 0.9, 0.2 minus one half.
  const ClassificationSet data{
      {0.5f, 0.1f, 0.5f, 0.4f, 0.5f, 0.35f, 0.5f, 0.8f, 0.5f, 0.4f, 0.5f, 0.7f, 0.5f, 0.9f, 0.5f, 0.2f},
      2,
      {0, 0, 1, 1, 1, 0, 1, 0}};
  const Metrics metrics = evaluate(identity<2>(), data);
  CHECK(metrics.auc() == 0.78125);
  CHECK(metrics.accuracy == 0.625);
  CHECK(*metrics.f1() == Approx(0.5714285714285714));
  // Samples of one class only.
  CHECK_FALSE(evaluate(identity<2>(), take(data, 2)).auc().has_value());
}

TEST_CASE("metrics: a single output with binary cross entropy") {
  const std::vector<float> scores{0.1f, 0.4f, 0.35f, 0.8f, 0.4f, 0.7f, 0.9f, 0.2f};
  const std::vector<float> classes{0, 0, 1, 1, 1, 0, 1, 0};
  std::vector<float> logits;
  for (const float p : scores) logits.push_back(std::log(p / (1 - p)));
  const RegressionSet data{logits, 1, classes, 1};
  const auto check = [&](const Metrics& metrics) {
    double loss = 0;
    for (std::size_t i = 0; i < 8; ++i)
      loss -= std::log(static_cast<double>(classes[i] > 0 ? scores[i] : 1 - scores[i])) / 8;
    CHECK(metrics.loss == Approx(loss).epsilon(1e-6));
    CHECK(metrics.accuracy == 0.625);
    CHECK(*metrics.precision(1) == Approx(2.0 / 3));
    CHECK(metrics.precision(0) == 0.6);
    CHECK(metrics.recall(1) == 0.5);
    CHECK(*metrics.f1() == Approx(0.5714285714285714));
    CHECK(metrics.auc() == 0.78125);
    CHECK(metrics.confusion(1, 0) == 2);
    CHECK_FALSE(metrics.r2().has_value());
    CHECK_FALSE(metrics.top(1).has_value());
  };
  const BinaryCrossEntropy of_logits{.from_logits = true};
  check(evaluate(identity<1>(), data, of_logits));
  check(evaluate(identity<1, Activation<Sigmoid>>(), data, BinaryCrossEntropy{}));
  CHECK(*evaluate(identity<1>(), data, of_logits, {.threshold = 0.375}).f1() == Approx(2.0 / 3));
}

TEST_CASE("metrics: several labels for a sample") {
  const std::vector<float> p{0.9f, 0.2f, 0.6f, 0.6f, 0.1f, 0.7f, 0.8f, 0.3f, 0.2f, 0.1f, 0.6f, 0.4f};
  std::vector<float> logits;
  for (const float one : p) logits.push_back(std::log(one / (1 - one)));
  const RegressionSet data{logits, 3, {1, 0, 1, 0, 0, 1, 1, 1, 0, 0, 0, 1}, 3};
  const Metrics metrics = evaluate(identity<3>(), data, BinaryCrossEntropy{.from_logits = true});
  CHECK(metrics.accuracy == Approx(2.0 / 3));
  CHECK(*metrics.precision(0) == Approx(2.0 / 3));
  CHECK(metrics.precision(1) == 0.0);
  CHECK(metrics.precision(2) == 1.0);
  CHECK(metrics.recall(0) == 1.0);
  CHECK(*metrics.recall(2) == Approx(2.0 / 3));
  CHECK(*metrics.f1() == Approx(0.5333333333333333));
  CHECK(metrics.confusion.classes() == 0);
}

TEST_CASE("metrics: numbers have a coefficient of determination") {
  const RegressionSet data{{1.5f, 9, 2, 9, 3, 8, 3, 5}, 2, {1, 10, 2, 8, 4, 9, 3, 3}, 2};
  const Metrics metrics = evaluate(identity<2>(), data, MeanSquaredError{});
  CHECK(*metrics.r2() == Approx(0.7543103448275862));
  CHECK(std::isnan(metrics.accuracy));
  // Targets that do not vary.
  CHECK_FALSE(evaluate(identity<1>(), RegressionSet{{1, 2}, 1, {3, 3}, 1}, MeanSquaredError{}).r2().has_value());
}

TEST_CASE("metrics: ignored labels count nowhere") {
  const ClassificationSet data{{3, 1, 0, 0, 2, 1, 1, 2, 0}, 3, {0, 255, 2}};
  const Metrics metrics = evaluate(identity<3>(), data, SoftmaxCrossEntropy{.ignore_label = 255});
  CHECK(metrics.accuracy == 0.5);
  const auto cost = [](double a, double b, double c) { return std::log(std::exp(a) + std::exp(b) + std::exp(c)); };
  CHECK(metrics.loss == Approx((cost(3, 1, 0) - 3 + cost(1, 2, 0)) / 2).epsilon(1e-6));
  const ClassificationSet nothing{{3, 1, 0}, 3, {255}};
  CHECK(std::isnan(evaluate(identity<3>(), nothing, SoftmaxCrossEntropy{.ignore_label = 255}).loss));
}

namespace {

/// Sequences of two steps with a label each.
struct Sequences {
  std::vector<float> inputs;
  std::vector<std::uint32_t> labels_of_steps;

  std::size_t size() const { return inputs.size() / 6; }
  std::size_t sample_size() const { return 6; }
  std::size_t label_count() const { return 2; }
  void gather(std::size_t sample, std::uint64_t, float* out) const {
    for (std::size_t i = 0; i < 6; ++i) out[i] = inputs[6 * sample + i];
  }
  void labels(std::size_t sample, std::uint32_t* out) const {
    for (std::size_t i = 0; i < 2; ++i) out[i] = labels_of_steps[2 * sample + i];
  }
};

}  // namespace

TEST_CASE("metrics: each step of a sequence is a decision") {
  const auto network = identity<6, Reshape<2, 3>>();
  const Metrics metrics = evaluate(network, Sequences{{1, 2, 3, 1, 2, 3}, {0, 2}});
  CHECK(metrics.loss == Approx(1.4076059644443806).epsilon(1e-6));
  CHECK(metrics.accuracy == 0.5);
  CHECK(metrics.confusion(0, 2) == 1);
  CHECK(metrics.confusion(2, 2) == 1);
  CHECK_THROWS_WITH_AS((void)evaluate(network, Sequences{{1, 2, 3, 1, 2, 3}, {0, 3}}),
                       "evaluate: label of sample 0 of the data: expected a class below the network's 3 outputs, found "
                       "3; widen the last layer or check the labels",
                       DataError);
  CHECK_THROWS_WITH_AS(
      (void)evaluate(network, ClassificationSet{{1, 2, 3, 1, 2, 3}, 6, {0}}),
      "evaluate: a sample of the data must have one label for each of the 2 positions of the output, found 1; change "
      "the last layer, or give data with labels(sample, out) and label_count()",
      DataError);
}

TEST_CASE("evaluate: a loss whose settings do not fit the network is refused with a sentence") {
  const RegressionSet data{{1, 2}, 1, {0, 1}, 1};
  const std::string logits =
      "BinaryCrossEntropy: the outputs must be probabilities, but the last layer does not end with Sigmoid; set "
      "from_logits = true or add Sigmoid";
  const std::string probabilities =
      "BinaryCrossEntropy: with from_logits the outputs must be logits, but the last layer makes probabilities; leave "
      "out from_logits or the activation";
  CHECK_THROWS_WITH_AS((void)evaluate(identity<1>(), data, BinaryCrossEntropy{}), logits.c_str(), DataError);
  CHECK_THROWS_WITH_AS((void)evaluate(identity<1, Activation<Relu>, Dropout<0.5f>>(), data, BinaryCrossEntropy{}),
                       logits.c_str(), DataError);
  const BinaryCrossEntropy from_logits{.from_logits = true};
  CHECK_THROWS_WITH_AS((void)evaluate(identity<1, Sequential<Dense<1, Sigmoid>>>(), data, from_logits),
                       probabilities.c_str(), DataError);
  CHECK_THROWS_WITH_AS((void)evaluate(identity<3>(), eight, SoftmaxCrossEntropy{.label_smoothing = 1.5f}),
                       "SoftmaxCrossEntropy: label_smoothing must lie in [0, 1]; 0.1 is usual", DataError);
}

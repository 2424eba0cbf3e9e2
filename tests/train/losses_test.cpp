#include <doctest/doctest.h>

#include <array>
#include <cmath>
#include <cortexpr/train/losses.hpp>
#include <limits>

#include "../laws/fixtures.hpp"

using namespace cortexpr;
using laws::PaddedRows;

namespace {

template <std::size_t Columns>
struct Result {
  double loss;
  PaddedRows<double, 1, Columns> gradient;
};

template <class Loss, std::size_t Columns>
Result<Columns> of(const Loss& loss, const double (&outputs)[Columns], const double (&targets)[Columns]) {
  PaddedRows<double, 1, Columns> output, target;
  Result<Columns> result{};
  for (double& value : result.gradient.values) value = 77;  // padding must be cleared
  for (std::size_t j = 0; j < Columns; ++j) {
    output.values[j] = outputs[j];
    target.values[j] = targets[j];
  }
  for (std::size_t j = Columns; j < output.stride; ++j) output.values[j] = 55;  // an activation of 0 may lie there
  result.loss =
      loss.template operator()<simd::Native, Columns>(output.values, target.values, result.gradient.values, 1.0);
  if (std::isfinite(result.loss))
    for (std::size_t j = Columns; j < output.stride; ++j) CHECK(result.gradient.values[j] == 0);
  return result;
}

}  // namespace

TEST_CASE("losses: values by their definitions") {
  CHECK(of(MeanSquaredError{}, {1, 2, 5}, {1, 4, 4}).loss == doctest::Approx(5.0 / 3));
  CHECK(of(MeanSquaredError{.sum_over_outputs = true}, {1, 2, 5}, {1, 4, 4}).loss == doctest::Approx(5));
  CHECK(of(MeanAbsoluteError{}, {1, 2, 5}, {1, 4, 4}).loss == doctest::Approx(1));
  CHECK(of(Huber{}, {1, 2.5, 5}, {1, 2, 2}).loss == doctest::Approx((0 + 0.125 + 2.5) / 3));
  CHECK(of(Huber{.delta = 4}, {1, 2.5, 5}, {1, 2, 2}).loss == doctest::Approx((0 + 0.125 + 4.5) / 3));
  CHECK(of(BinaryCrossEntropy{}, {0.2, 0.9}, {0, 1}).loss == doctest::Approx(-(std::log(0.8) + std::log(0.9)) / 2));
  CHECK(of(KullbackLeibler{}, {0.5, 0.25, 0.25}, {0.25, 0, 0.75}).loss ==
        doctest::Approx(0.25 * std::log(0.5) + 0.75 * std::log(3.0)));
  const double total = std::log(std::exp(1.0) + std::exp(2.0) + std::exp(3.0));
  CHECK(of(SoftmaxCrossEntropy{}, {1, 2, 3}, {0, 0, 1}).loss == doctest::Approx(total - 3));
  // With label smoothing s the target is (1 - s) target + s / classes.
  CHECK(of(SoftmaxCrossEntropy{.label_smoothing = 0.3f}, {1, 2, 3}, {0, 0, 1}).loss ==
        doctest::Approx(0.1 * (total - 1) + 0.1 * (total - 2) + 0.8 * (total - 3)).epsilon(1e-7));
}

TEST_CASE("losses: binary cross entropy of logits equals that of their sigmoids, also for large logits") {
  const auto sigmoid = [](double x) { return 1 / (1 + std::exp(-x)); };
  CHECK(of(BinaryCrossEntropy{.from_logits = true}, {-1.5, 2}, {0.3, 1}).loss ==
        doctest::Approx(of(BinaryCrossEntropy{}, {sigmoid(-1.5), sigmoid(2)}, {0.3, 1}).loss));
  CHECK(of(BinaryCrossEntropy{.from_logits = true}, {1000, -1000}, {0, 0}).loss == doctest::Approx(500));
  CHECK(of(BinaryCrossEntropy{.from_logits = true}, {1000, -1000}, {1, 0}).loss == doctest::Approx(0));
}

TEST_CASE("losses: probabilities of exactly 0 and 1 give large finite losses") {
  CHECK(of(BinaryCrossEntropy{}, {0, 1}, {1, 0}).loss == doctest::Approx(-std::log(1e-7)));
  CHECK(std::isfinite(of(BinaryCrossEntropy{}, {0, 1}, {1, 0}).gradient.values[0]));
  CHECK(of(KullbackLeibler{}, {0, 1}, {0.5, 0.5}).loss == doctest::Approx(std::log(0.5) - 0.5 * std::log(1e-7)));
}

TEST_CASE("losses: loss and gradient are 0 if the outputs equal the targets") {
  const double p[3] = {0.2, 0.5, 0.3};
  for (const auto& result : {of(MeanSquaredError{}, p, p), of(MeanAbsoluteError{}, p, p), of(Huber{}, p, p)}) {
    CHECK(result.loss == 0);
    for (std::size_t j = 0; j < 3; ++j) CHECK(result.gradient.values[j] == 0);
  }
  CHECK(std::abs(of(KullbackLeibler{}, p, p).loss) < 1e-15);
}

TEST_CASE_TEMPLATE("losses: an output of NaN makes the loss NaN", Loss, SoftmaxCrossEntropy, MeanSquaredError,
                   MeanAbsoluteError, Huber, BinaryCrossEntropy, KullbackLeibler) {
  constexpr double nan = std::numeric_limits<double>::quiet_NaN();
  CHECK(std::isnan(of(Loss{}, {nan, 0.5, 0.5}, {1, 0.5, 0.5}).loss));
  CHECK(std::isnan(of(Loss{}, {0.5, 0.5, nan}, {1, 0.5, 0.5}).loss));
  if constexpr (std::is_same_v<Loss, BinaryCrossEntropy>)
    CHECK(std::isnan(of(BinaryCrossEntropy{.from_logits = true}, {0.5, nan}, {1, 0.5}).loss));
}

TEST_CASE("losses: a single output") {
  CHECK(of(MeanSquaredError{}, {3}, {1}).loss == 4);
  CHECK(of(MeanSquaredError{}, {3}, {1}).gradient.values[0] == 4);
  CHECK(of(BinaryCrossEntropy{}, {0.25}, {1}).loss == doctest::Approx(-std::log(0.25)));
}

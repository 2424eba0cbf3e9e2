#include <doctest/doctest.h>

#include <cortexpr/quantize/calibrate/calibration.hpp>
#include <vector>

#include "../../data/fixtures.hpp"
#include "../fixtures.hpp"

using namespace cortexpr;

namespace {

/// The range that a method gives numbers, and its own.
template <class Method>
Range range_of(const std::vector<float>& numbers, const Method& method, bool equals_count_once = false) {
  Range seen;
  for (const float number : numbers) seen.include(number);
  detail::MagnitudeHistogram histogram{seen};
  histogram.add(numbers, equals_count_once);
  return histogram.range(method);
}

std::vector<float> normal(std::size_t count) {
  std::vector<float> numbers(count);
  laws::fill_normal(numbers, 1);
  return numbers;
}
std::vector<float> uniform(std::size_t count, float lowest, float highest) {
  std::vector<float> numbers(count);
  const Random random{Seed{5}, 1};
  for (std::size_t i = 0; i < count; ++i) numbers[i] = lowest + (highest - lowest) * random.uniform<float>(i);
  return numbers;
}
double share_within(const std::vector<float>& numbers, Range range) {
  std::size_t inside = 0;
  for (const float number : numbers) inside += number >= range.lowest && number <= range.highest;
  return static_cast<double>(inside) / static_cast<double>(numbers.size());
}

using Net = Network<Input<20>, Dense<16, Relu>, Dense<4>>;

std::string error_of(const CalibrationMethod& method) {
  return fixtures::error_of(
      [&] { (void)quantize(quantized::initialized<Net>(), quantized::Samples{10, 20}, {.method = method}); });
}

}  // namespace

TEST_CASE("MinMax: the range is what was seen") {
  const std::vector<float> numbers = normal(1000);
  CHECK(share_within(numbers, range_of(numbers, MinMax{})) == 1);
}

TEST_CASE("Percentile: cuts off so many at each end") {
  const std::vector<float> numbers = normal(200000);
  for (const double fraction : {0.9, 0.99, 0.999}) {
    const Range range = range_of(numbers, Percentile{fraction});
    CAPTURE(fraction);
    CHECK(share_within(numbers, range) >= 1 - 2 * (1 - fraction));
    CHECK(share_within(numbers, range) <= 1 - 1.9 * (1 - fraction));
  }
  CHECK(range_of(numbers, Percentile{0.99}).highest == doctest::Approx(2.326).epsilon(0.01));
  CHECK(range_of(numbers, Percentile{0.99}).lowest == doctest::Approx(-2.326).epsilon(0.01));
  CHECK(range_of(numbers, Percentile{1}) == range_of(numbers, MinMax{}));
}

TEST_CASE("Percentile: leaves an end without outliers as it is") {
  std::vector<float> numbers = uniform(100000, 0, 1);
  numbers[17] = 40;
  const Range range = range_of(numbers, Percentile{});
  CHECK(range.lowest == 0);
  CHECK(range.highest >= 0.999f);
  CHECK(range.highest <= 1.02f);  // a bin of 40 / 2048
}

TEST_CASE("KlDivergence: outliers are cut off") {
  std::vector<float> numbers = normal(100000);
  for (std::size_t i = 0; i < 10; ++i) numbers[1000 * i + 3] = i % 2 == 0 ? 30.0f : -30.0f;
  const Range range = range_of(numbers, KlDivergence{});
  CHECK(range.highest < 6);
  CHECK(range.highest > 2.5f);
  CHECK(range.lowest == -range.highest);
  CHECK(share_within(numbers, range) > 0.98);
}

TEST_CASE("KlDivergence: a uniform distribution is not cut") {
  const Range one_sided = range_of(uniform(500000, 0, 3), KlDivergence{});
  CHECK(one_sided.lowest == 0);
  CHECK(one_sided.highest > 2.97f);
  const Range two_sided = range_of(uniform(500000, -3, 3), KlDivergence{});
  CHECK(two_sided.lowest < -2.97f);
  CHECK(two_sided.highest > 2.97f);
}

TEST_CASE("KlDivergence: zeros do not count, and equal numbers count once") {
  const std::vector<float> numbers = normal(50000);
  const Range plain = range_of(numbers, KlDivergence{}, true);
  std::vector<float> with_zeros(numbers), with_equals;
  with_zeros.resize(4 * numbers.size());
  for (const float number : numbers)
    with_equals.insert(with_equals.end(), number > 0.5f && number < 0.501f ? 5000 : 1, number);
  CHECK(range_of(with_zeros, KlDivergence{}, true) == plain);
  CHECK(range_of(with_equals, KlDivergence{}, true) == plain);
  CHECK_FALSE(range_of(with_equals, KlDivergence{}, false) == plain);
}

TEST_CASE("a tensor of zeros has no range, by any method") {
  const std::vector<float> zeros(100);
  CHECK(range_of(zeros, MinMax{}) == Range{});
  CHECK(range_of(zeros, Percentile{}) == Range{});
  CHECK(range_of(zeros, KlDivergence{}) == Range{});
}

TEST_CASE("each method gives a network, the same of the same data") {
  const Net network = quantized::initialized<Net>();
  const quantized::Samples samples{300, 20};
  const auto by = [&](const CalibrationMethod& method) { return quantize(network, samples, {.method = method}); };
  CHECK(by(MinMax{}) == quantize(network, samples));
  CHECK(by(Percentile{0.99}) == by(Percentile{0.99}));
  CHECK(by(KlDivergence{}) == by(KlDivergence{}));
  CHECK_FALSE(by(Percentile{0.99}) == by(MinMax{}));
  CHECK(by(Percentile{0.99}).output_quantization().scale < by(MinMax{}).output_quantization().scale);
  CHECK(by(Percentile{1}).output_quantization() == by(MinMax{}).output_quantization());
}

TEST_CASE("quantize: a fraction that cannot be is an error") {
  CHECK(error_of(Percentile{0.5}) ==
        "quantize: the fraction of Percentile must lie in (0.5, 1], found 0.5; 0.9999 is usual");
  CHECK(error_of(Percentile{99.99}).find("found 99.99") != std::string::npos);
  CHECK(error_of(Percentile{std::numeric_limits<double>::quiet_NaN()}).find("found nan") != std::string::npos);
}

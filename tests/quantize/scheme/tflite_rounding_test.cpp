#include <cortexpr/kernels/int8/requantize.hpp>
#include <cortexpr/nn/network.hpp>
#include <cortexpr/quantize/int8/quantized_network.hpp>
#include <cortexpr/quantize/scheme/tflite_rounding.hpp>

#include <doctest/doctest.h>

#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <utility>

using namespace cortexpr;

// What each policy is defined as, in wide integers or in the standard library's arithmetic.

TEST_CASE("XNNPACK: sums are multiplied in single precision, halves become even") {
  static_assert(detail::round_to_even(2.5f) == 2 && detail::round_to_even(3.5f) == 4);
  static_assert(detail::round_to_even(-2.5f) == -2 && detail::round_to_even(-3.5f) == -4);
  static_assert(detail::round_to_even(1e20f) == INT32_MAX && detail::round_to_even(-1e20f) == INT32_MIN);
  for (float number = -300; number < 300; number += 0.0625f)
    CHECK(detail::round_to_even(number) == static_cast<std::int32_t>(std::nearbyint(number)));
  rounding::Xnnpack::Scales<1> scales;
  scales.set([](std::size_t) { return 0.0037; }, 0, -5);
  for (std::int32_t sum = -60000; sum < 60000; sum += 7)
    CHECK(scales.rescaled(sum, 0) == static_cast<std::int32_t>(std::nearbyint(static_cast<float>(sum) * 0.0037f)) - 5);
}

TEST_CASE("reference kernels: products are rounded twice, those of dense layers once") {
  // 1 / 3 = 1431655765 * 2^(-1 - 31); 5 / 3 is rounded to 2.
  detail::QuantizedMultiplier third;
  third.set(1.0 / 3);
  CHECK(third.factor == 1431655765);
  CHECK(third.exponent == -1);
  CHECK(third.multiply(5) == 2);
  // 3 * 0.3: the first rounding gives 3 * 0.6 = 1.8 -> 2, the second 2 / 2 = 1. -3 * 0.3: -1.8 -> -2 -> -1.
  detail::QuantizedMultiplier other;
  other.set(0.3);
  CHECK(other.exponent == -1);
  CHECK(other.multiply_twice_rounded(3) == 1);
  CHECK(other.multiply_twice_rounded(-3) == -1);
  // Where the roundings differ: 5 * 0.29 = 1.45; 5 * 0.58 = 2.9 -> 3, and 3 / 2 is rounded away from zero.
  detail::QuantizedMultiplier twice;
  twice.set(0.29);
  CHECK(twice.multiply(5) == 1);
  CHECK(twice.multiply_twice_rounded(5) == 2);
  CHECK(twice.multiply_twice_rounded(-5) == -2);
  detail::QuantizedMultiplier tiny;
  tiny.set(1e-11);
  CHECK(tiny.multiply_twice_rounded(INT32_MAX) == 0);
  tiny.set(0);
  CHECK(tiny.multiply_twice_rounded(INT32_MAX) == 0);
}

TEST_CASE("means of int8 values: halves are rounded away from zero, with the zero point") {
  rounding::Xnnpack::Mean<4> mean;
  mean.set([](std::size_t) { return 1.0 / 4; }, 0, 10);
  // Values of sum 2, 6, -2, -6 have the means 0.5, 1.5, -0.5, -1.5.
  for (const auto& [sum, expected] : {std::pair{2, 1}, {6, 2}, {-2, -1}, {-6, -2}, {5, 1}})
    CHECK(mean.rescaled(sum - 4 * 10, 0) == expected);
}

TEST_CASE("means with another scale are rounded once") {
  rounding::TfliteReference::Mean<4> mean;
  mean.set([](std::size_t) { return 0.3; }, 0, 10);
  for (const auto& [sum, expected] : {std::pair{1, 10}, {2, 11}, {-4, 9}, {100, 40}, {INT32_MAX, 1034}})
    CHECK(mean.rescaled(sum, 0) == expected);
}

TEST_CASE("multipliers without bounds") {
  for (const double multiplier : {0.0, 1e-30, 256.0, 1e30, std::numeric_limits<double>::infinity()}) {
    CAPTURE(multiplier);
    const auto check = [&]<class Scales>(Scales scales) {
      scales.set([=](std::size_t) { return multiplier; }, 0, -3);
      for (const std::int32_t sum : {1, 700, INT32_MAX}) {
        CHECK(kernels::clamp_to_int8(scales.rescaled(sum, 0), -128, 127) == (multiplier < 1 ? -3 : 127));
        CHECK(kernels::clamp_to_int8(scales.rescaled(-sum, 0), -128, 127) == (multiplier < 1 ? -3 : -128));
      }
    };
    check(rounding::Xnnpack::Scales<1>{});
    check(rounding::TfliteReference::Scales<1>{});
    check(rounding::TfliteReferenceDense::Scales<1>{});
    check(rounding::Xnnpack::Mean<4>{});
  }
}

TEST_CASE("sums of branches: the ratios of XNNPACK have 21 bits") {
  rounding::Xnnpack::Merge<2> merge;
  merge.set([](std::size_t k) { return k == 0 ? 1.5 : 0.1; }, 2);
  CHECK(merge.shift == 20);
  CHECK(merge.factor[0] == 1572864);
  CHECK(merge.factor[1] == 104858);
  rounding::TfliteReference::Merge<2> reference;
  reference.set([](std::size_t k) { return k == 0 ? 1.5 : 0.1; }, 2);
  CHECK(reference.rounded(reference.scaled(100, 0) + reference.scaled(50, 1)) == 155);
  for (const double ratio : {1e9, 1e30}) {
    merge.set([=](std::size_t) { return ratio; }, 2);
    reference.set([=](std::size_t) { return ratio; }, 2);
    CHECK(merge.rounded(merge.scaled(255, 0) + merge.scaled(255, 1)) > 127);
    CHECK(reference.rounded(reference.scaled(255, 0) + reference.scaled(255, 1)) > 127);
  }
}

TEST_CASE_TEMPLATE("a network runs in 8 bits with each policy", Rounding, rounding::own, rounding::xnnpack,
                   rounding::tflite_reference) {
  using Net = Network<Input<4, 3, 2>, Permute<2, 0, 1>, Residual<Conv2D<2, 3, Same>>, GlobalAvgPool, Dense<3>>;
  Net network;
  network.initialize(Seed{3});
  std::array<Range, detail::Int8Chain<typename Net::chain, Rounding>::observed_tensors> ranges;
  for (std::size_t i = 0; i < ranges.size(); ++i) ranges[i] = {-3, 2 + static_cast<float>(i)};
  const QuantizedNetwork<Net, Rounding> small{network, quantization_of({-1, 1}), ranges};
  typename Net::InputTensor input{};
  for (std::size_t i = 0; i < input.size(); ++i) input[i] = std::sin(static_cast<float>(i));
  const auto expected = network(input), found = small(input);
  for (std::size_t i = 0; i < expected.size(); ++i) CHECK(std::fabs(expected[i] - found[i]) < 0.1f);
}

#include <doctest/doctest.h>

#include <cmath>
#include <cortexpr/kernels/int8/round_weights.hpp>
#include <cortexpr/simd/backend.hpp>
#include <cstddef>
#include <limits>
#include <vector>

#include "../../laws/fixtures.hpp"

using namespace cortexpr;
using laws::same_bits;

namespace {

using Scales = kernels::WeightScales<float>;

/// The definition, in double.
float expected(float weight, float scale) {
  const double number = static_cast<double>(weight) / static_cast<double>(scale);
  return static_cast<float>(std::trunc(number + std::copysign(0.5, number))) + 0.0f;  // no -0
}

/// Scales of all sizes, with long and with short significands, among them powers of 2.
std::vector<float> all_scales() {
  std::vector<float> result{0x1p-100f, 0x1.fffffep-40f, 1.0f, 0.75f, 1.0f / 3, 0x1.000002p0f, 0x1.fffffep0f, 0x1p100f};
  const Random random{Seed{5}, 1};
  for (std::size_t i = 0; i < 200; ++i) {
    const float scale = std::ldexp(1 + random.uniform<float>(i), static_cast<int>(i % 60) - 40);
    result.push_back(scale);
    result.push_back(std::nearbyint(scale * 0x1p-4f / std::ldexp(1.0f, std::ilogb(scale)) * 0x1p10f));
  }
  return result;
}

/// Weights at the middle of two integers and beside it, and at integers.
std::vector<float> weights_for(float scale) {
  std::vector<float> result{0.0f, -0.0f, std::numeric_limits<float>::denorm_min()};
  for (int half = 1; half <= 254; ++half) {
    float weight = static_cast<float>(half * static_cast<double>(scale) / 2);
    for (int i = 0; i < 3; ++i) weight = std::nextafter(weight, 0.0f);
    for (int i = 0; i < 7; ++i, weight = std::nextafter(weight, 1e38f)) {
      result.push_back(weight);
      result.push_back(-weight);
    }
  }
  return result;
}

template <class Pack>
void check_all() {
  std::size_t wrong = 0, middles = 0;
  for (const float scale : all_scales()) {
    Scales scales;
    for (std::size_t i = 0; i < Scales::most; ++i) scales.set(i, static_cast<double>(scale), 127 * scale);
    CHECK(scales.all_fast);
    std::vector<float> weights = weights_for(scale);
    weights.resize((weights.size() + Scales::most - 1) / Scales::most * Scales::most);
    std::vector<float> rounded(weights.size());
    for (std::size_t first = 0; first < weights.size(); first += Scales::most) {
      alignas(64) float values[Scales::most];
      kernels::round_weights<Pack>(weights.data() + first, rounded.data() + first, values, scales, Scales::most);
      for (std::size_t i = 0; i < Scales::most; ++i) {
        const float weight = weights[first + i], value = expected(weight, scale);
        middles += std::abs(static_cast<double>(weight) / static_cast<double>(scale)) ==
                   std::abs(static_cast<double>(value)) - 0.5;
        wrong += !same_bits(values[i], value) || !same_bits(rounded[first + i], scale * value);
      }
    }
  }
  CHECK(wrong == 0);
  CHECK(middles > 10'000);
}

}  // namespace

#if CORTEXPR_HAS_FMA
TEST_CASE("weights get the int8 values of the definition in double, at the middle of two integers as well") {
  check_all<simd::Pack<float, 1>>();
  check_all<simd::NativePack<float>>();
}
#endif

TEST_CASE("scales that are no floats, and huge and tiny ones, need the division") {
  for (const double scale : {0.1, 0x1p-101, 0x1p101, 1e300, std::numeric_limits<double>::infinity()}) {
    Scales scales;
    scales.set(0, scale, 1.0f);
    CHECK_FALSE(scales.all_fast);
    CHECK_FALSE(scales.is_fast[0]);
    CHECK(scales.scale[0] == static_cast<float>(std::fmin(scale, 3.40282346638528859812e38)));
  }
}

TEST_CASE("NaN stays NaN with the value 0, and weights that are all zero stay so whatever the scale") {
  Scales scales;
  for (std::size_t i = 0; i < Scales::most; ++i) scales.set(i, 0.1, 0.0f);
  CHECK(scales.all_fast);
  alignas(64) float weights[Scales::most]{}, rounded[Scales::most], values[Scales::most];
  weights[3] = std::numeric_limits<float>::quiet_NaN();
  kernels::round_weights<simd::NativePack<float>>(weights, rounded, values, scales, Scales::most);
  for (std::size_t i = 0; i < Scales::most; ++i) {
    CHECK(same_bits(values[i], 0.0f));
    if (i != 3) CHECK(same_bits(rounded[i], 0.0f));
  }
  CHECK(std::isnan(rounded[3]));
}

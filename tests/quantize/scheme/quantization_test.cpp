#include <doctest/doctest.h>

#include <cmath>
#include <cortexpr/quantize/scheme/quantization.hpp>
#include <cstdint>
#include <initializer_list>
#include <limits>

using namespace cortexpr;

TEST_CASE("the int8 values of a quantization span its range, and 0 is represented exactly") {
  for (const Range range :
       {Range{-1, 3}, Range{0, 6}, Range{-0.42f, 2.82f}, Range{-5, 0}, Range{2, 7}, Range{-9, -1}}) {
    const Quantization quantization = quantization_of(range);
    Range spanned = range;
    spanned.include(0);
    CHECK(quantization.real_value(quantization.zero_point) == 0);
    CHECK(quantization.int8_value(0) == quantization.zero_point);
    CHECK(quantization.real_value(-128) == doctest::Approx(spanned.lowest).epsilon(0.01));
    CHECK(quantization.real_value(127) == doctest::Approx(spanned.highest).epsilon(0.01));
    for (std::int32_t value = -128; value < 128; ++value)
      CHECK(quantization.int8_value(quantization.real_value(value)) == value);
  }
}

TEST_CASE("numbers beyond the range become the nearest int8 value") {
  constexpr Quantization quantization = quantization_of({-1, 1});
  static_assert(quantization.int8_value(-100) == -128 && quantization.int8_value(100) == 127);
  constexpr float infinity = std::numeric_limits<float>::infinity();
  CHECK(quantization.int8_value(infinity) == 127);
  CHECK(quantization.int8_value(-infinity) == -128);
  CHECK(quantization.int8_value(std::numeric_limits<float>::quiet_NaN()) == -128);
  CHECK(quantization.int8_value(0.6f / 127.5f) == quantization.zero_point + 1);
  CHECK(quantization.int8_value(-0.6f / 127.5f) == quantization.zero_point - 1);
}

TEST_CASE("a range of nothing but zero has a quantization, too") {
  constexpr Quantization quantization = quantization_of({0, 0});
  CHECK(quantization.scale > 0);
  CHECK(quantization.int8_value(0) == quantization.zero_point);
  CHECK(quantization.int8_value(1) == 127);
}

TEST_CASE("a range of huge numbers has a finite scale") {
  constexpr float huge = std::numeric_limits<float>::max();
  constexpr Quantization quantization = quantization_of({-huge, huge});
  CHECK(quantization.scale <= huge);
  CHECK(quantization.int8_value(huge) == 127);
  CHECK(quantization.int8_value(-huge) == -127);  // the nearest to -127.5, halves upwards
  CHECK(std::abs(quantization.zero_point) <= 1);
}

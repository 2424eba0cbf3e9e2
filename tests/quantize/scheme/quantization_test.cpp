#include <doctest/doctest.h>

#include <cortexpr/quantize/scheme/quantization.hpp>
#include <cstdint>
#include <initializer_list>
#include <limits>

using namespace cortexpr;

TEST_CASE("the codes of a quantization span its range, and zero is one of them") {
  for (const Range range : {Range{-1, 3}, Range{0, 6}, Range{-0.42f, 2.82f}, Range{-5, 0}, Range{2, 7}, Range{-9, -1}}) {
    const Quantization quantization = quantization_of(range);
    Range spanned = range;
    spanned.include(0);
    CHECK(quantization.value(quantization.zero_point) == 0);
    CHECK(quantization.code(0) == quantization.zero_point);
    CHECK(quantization.value(-128) == doctest::Approx(spanned.lowest).epsilon(0.01));
    CHECK(quantization.value(127) == doctest::Approx(spanned.highest).epsilon(0.01));
    for (std::int32_t code = -128; code < 128; ++code) CHECK(quantization.code(quantization.value(code)) == code);
  }
}

TEST_CASE("what is out of range has the code nearest to it") {
  constexpr Quantization quantization = quantization_of({-1, 1});
  static_assert(quantization.code(-100) == -128 && quantization.code(100) == 127);
  constexpr float infinity = std::numeric_limits<float>::infinity();
  CHECK(quantization.code(infinity) == 127);
  CHECK(quantization.code(-infinity) == -128);
  CHECK(quantization.code(std::numeric_limits<float>::quiet_NaN()) == -128);
  CHECK(quantization.code(0.6f / 127.5f) == quantization.zero_point + 1);
  CHECK(quantization.code(-0.6f / 127.5f) == quantization.zero_point - 1);
}

TEST_CASE("a range of nothing but zero has a quantization, too") {
  constexpr Quantization quantization = quantization_of({0, 0});
  CHECK(quantization.scale > 0);
  CHECK(quantization.code(0) == quantization.zero_point);
  CHECK(quantization_of({0, 1}, 0.5f).scale == 0.5f);
}

#include <doctest/doctest.h>

#include <cmath>
#include <cortexpr/core/random.hpp>
#include <cortexpr/kernels/int8/requantize.hpp>
#include <cstdint>

using namespace cortexpr;
using kernels::fixed_point;

namespace {

double value_of(kernels::FixedPoint number) { return std::ldexp(number.factor, -32 - number.shift); }

std::int32_t rescaled(std::int32_t sum, kernels::FixedPoint by, std::int32_t zero = 0) {
  return kernels::rescale(sum, by.factor, by.shift, kernels::rescale_offset(by.shift, zero));
}

}  // namespace

TEST_CASE("a FixedPoint is the nearest one, from 0 to 1/4") {
  for (double number = 0.2499999; number > 1e-9; number *= 0.87) {
    const kernels::FixedPoint fixed = fixed_point(number);
    CHECK(fixed.shift >= 1);
    CHECK(fixed.shift <= kernels::largest_shift);
    CHECK(std::abs(value_of(fixed) - number) <= std::ldexp(1.0, -33 - fixed.shift));
  }
  CHECK(fixed_point(0.125).factor == 1 << 30);
  CHECK(fixed_point(0).factor == 0);
  CHECK(fixed_point(1e-30).factor == 0);
  CHECK(fixed_point(std::nextafter(0.25, 0)).factor == INT32_MAX);
  static_assert(fixed_point(0.0625).shift == 2);
}

TEST_CASE("rescale rounds the exact product, halves upwards") {
  const Random random{Seed{1}, 0};
  for (std::size_t i = 0; i < 20000; ++i) {
    const auto sum = static_cast<std::int32_t>(static_cast<std::uint32_t>(random.bits(2 * i))) >> (i % 24);
    const kernels::FixedPoint fixed =
        fixed_point(0.25 * random.uniform<double>(2 * i + 1) * std::ldexp(1, -int(i % 16)));
    const long double exact = static_cast<long double>(sum) * fixed.factor * std::ldexp(1.0L, -32 - fixed.shift);
    CHECK(rescaled(sum, fixed) == static_cast<std::int32_t>(std::floor(exact + 0.5L)));
  }
  const kernels::FixedPoint eighth = fixed_point(0.125);
  CHECK(rescaled(12, eighth) == 2);
  CHECK(rescaled(-12, eighth) == -1);
  CHECK(rescaled(INT32_MIN, eighth) == INT32_MIN / 8);
  CHECK(rescaled(-12, eighth, 127) == 126);
  // The largest shift, with the largest product and the outermost zero points: 2^30 >> 22 is 256.
  const kernels::FixedPoint small{.factor = INT32_MAX, .shift = kernels::largest_shift};
  CHECK(rescaled(INT32_MAX, small, 127) == 256 + 127);
  CHECK(rescaled(-INT32_MAX, small, -128) == -256 - 128);
}

#include <doctest/doctest.h>

#include <cmath>
#include <cortexpr/core/random.hpp>
#include <cortexpr/kernels/int8/requantize.hpp>
#include <cstdint>

using namespace cortexpr;
using kernels::fixed_point;

namespace {

double value_of(kernels::FixedPoint number) { return std::ldexp(number.factor, -32 - number.shift); }

}  // namespace

TEST_CASE("a FixedPoint is the nearest one, from 0 to 1/4") {
  for (double number = 0.2499999; number > 1e-9; number *= 0.87) {
    const kernels::FixedPoint fixed = fixed_point(number);
    CHECK(fixed.shift >= 1);
    CHECK(fixed.shift <= 31);
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
    CHECK(kernels::rescale(sum, fixed.factor, fixed.shift) == static_cast<std::int32_t>(std::floor(exact + 0.5L)));
  }
  const kernels::FixedPoint eighth = fixed_point(0.125);
  CHECK(kernels::rescale(12, eighth.factor, eighth.shift) == 2);
  CHECK(kernels::rescale(-12, eighth.factor, eighth.shift) == -1);
  CHECK(kernels::rescale(INT32_MIN, eighth.factor, eighth.shift) == INT32_MIN / 8);
}

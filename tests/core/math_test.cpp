#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <cortexpr/core/math.hpp>
#include <cortexpr/simd/pack.hpp>
#include <cortexpr/simd/scalar_math.hpp>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <vector>

#include "../simd/fixtures.hpp"

using namespace cortexpr;
using namespace cortexpr::testing;

static_assert(math::exp(0.0f) == 1 && math::exp(1.0f) > 2.71828f && math::exp(1.0f) < 2.71829f);
static_assert(math::expm1(0.0f) == 0 && math::expm1(0x1p-30f) == 0x1p-30f && math::expm1(-100.0) == -1);
static_assert(math::log(1.0f) == 0 && math::log(2.0f) == 0x1.62e43p-1f && math::log(0x1p-1074) < -744.44);
static_assert(math::tanh(0x1p-126f) == 0x1p-126f && math::tanh(-0.5) < -0.4621 && math::sigmoid(0.0f) == 0.5f);
static_assert(math::softplus(-80.0f) > 0 && math::softplus(80.0f) == 80 && math::erf(0.0f) == 0);
static_assert(math::pow(2.0f, 10.0f) > 1023.99f && math::pow(2.0f, 10.0f) < 1024.01f);
static_assert(math::sqrt(9.0f) == 3 && math::fma(2.0f, 3.0f, 4.0f) == 10);

// The limits, in constant expressions as well.
template <class T>
constexpr bool has_its_limits() {
  constexpr T infinity = std::numeric_limits<T>::infinity();
  return math::exp(infinity) == infinity && math::exp(-infinity) == 0 && math::exp(T(1000)) == infinity &&
         math::exp(T(-1000)) == 0 && math::expm1(infinity) == infinity && math::expm1(-infinity) == -1 &&
         math::log(T(0)) == -infinity && math::log(infinity) == infinity && math::tanh(infinity) == 1 &&
         math::tanh(-infinity) == -1 && math::sigmoid(infinity) == 1 && math::sigmoid(-infinity) == 0 &&
         math::erf(infinity) == 1 && math::erf(-infinity) == -1 && math::softplus(infinity) == infinity &&
         math::softplus(-infinity) == 0;
}
static_assert(has_its_limits<float>() && has_its_limits<double>());

namespace {

struct Exp {
  static constexpr auto value(auto x) { return math::exp(x); }
  static long double reference(long double x) { return std::exp(x); }
  static constexpr double low = -87.33, high = 88.72, ulp_float = 1.31, ulp_double = 1.1;
};
struct Expm1 {
  static constexpr auto value(auto x) { return math::expm1(x); }
  static long double reference(long double x) { return std::expm1(x); }
  static constexpr double low = -100, high = 88.72, ulp_float = 2.7, ulp_double = 2.3;
};
struct Log {
  static constexpr auto value(auto x) { return math::log(x); }
  static long double reference(long double x) { return std::log(x); }
  static constexpr double low = 1e-45, high = 3e38, ulp_float = 0.85, ulp_double = 0.9;
};
struct Tanh {
  static constexpr auto value(auto x) { return math::tanh(x); }
  static long double reference(long double x) { return std::tanh(x); }
  static constexpr double low = -3e38, high = 3e38, ulp_float = 1.64, ulp_double = 4.3;
};
struct Sigmoid {
  static constexpr auto value(auto x) { return math::sigmoid(x); }
  static long double reference(long double x) { return 1 / (1 + std::exp(-x)); }
  static constexpr double low = -87.33, high = 3e38, ulp_float = 1.84, ulp_double = 1.7;
};
struct Erf {
  static constexpr auto value(auto x) { return math::erf(x); }
  static long double reference(long double x) { return std::erf(x); }
  static constexpr double low = -3e38, high = 3e38, ulp_float = 1.83, ulp_double = 4;
};
struct Softplus {
  static constexpr auto value(auto x) { return math::softplus(x); }
  static long double reference(long double x) { return std::fmax(x, 0.0L) + std::log1p(std::exp(-std::fabs(x))); }
  static constexpr double low = -87.33, high = 3e38, ulp_float = 3, ulp_double = 3;
};

template <class T>
T in_units_of_the_last_place(T value, long double expected) {
  int exponent = 0;
  std::frexp(static_cast<T>(expected), &exponent);
  exponent = std::max(exponent, std::numeric_limits<T>::min_exponent);
  const long double unit = std::ldexp(1.0L, exponent - std::numeric_limits<T>::digits);
  return static_cast<T>(std::fabs(static_cast<long double>(value) - expected) / unit);
}

/// Numbers spread over the range of a function and over its powers of two.
template <class Function, class T>
std::vector<T> samples() {
  const Random random{Seed{7}};
  std::vector<T> values;
  for (std::uint64_t i = 0; i < 30000; ++i) {
    const double u = random.bits(i) * 0x1p-32;
    const double end = i % 4 < 2 ? Function::low : Function::high;
    const double small = std::copysign(std::exp2(24 * u - 18), end);
    values.push_back(static_cast<T>(std::clamp(i % 2 == 0 ? end * u : small, Function::low, Function::high)));
  }
  return values;
}

/// The functions in constant expressions, which do not depend on the registers of the target.
template <class Function, class T>
constexpr auto at_compile_time() {
  constexpr bool positive = Function::low > 0;
  std::array<T, 33> results{};
  T x = positive ? T(0x1p-20) : T(-20.3);
  for (T& result : results) {
    result = Function::value(x);
    x = positive ? x * T(2.7) : x + T(1.31);
  }
  return results;
}

}  // namespace

TEST_CASE_TEMPLATE("math: errors stay within what is documented", Function, Exp, Expm1, Log, Tanh, Sigmoid, Erf,
                   Softplus) {
  float worst_float = 0;
  for (const float x : samples<Function, float>())
    worst_float = std::max(worst_float, in_units_of_the_last_place(Function::value(x), Function::reference(x)));
  CHECK(worst_float <= Function::ulp_float);
  CHECK(worst_float >= 0.5);
  double worst_double = 0;
  for (const double x : samples<Function, double>())
    worst_double = std::max(worst_double, in_units_of_the_last_place(Function::value(x), Function::reference(x)));
  CHECK(worst_double <= Function::ulp_double);
}

TEST_CASE_TEMPLATE("math: every number of lanes gives the same bits", Function, Exp, Expm1, Log, Tanh, Sigmoid, Erf,
                   Softplus) {
  const auto check = []<class Pack>() {
    using T = typename Pack::value_type;
    std::vector<T> values = all_sorts<T>();
    const std::vector<T> more = samples<Function, T>();
    values.insert(values.end(), more.begin(), more.begin() + 5000);
    std::size_t differences = 0;
    for (std::size_t first = 0; first < values.size(); first += Pack::lanes) {
      T results[Pack::lanes];
      Function::value(gather<Pack>(values, first)).store_unaligned(results);
      for (std::size_t lane = 0; lane < Pack::lanes; ++lane) {
        const T alone = Function::value(values[(first + lane) % values.size()]);
        differences += bits(results[lane]) != bits(alone);
      }
    }
    CHECK(differences == 0);
  };
  for_each_pack<float>(check);
  for_each_pack<double>(check);
}

TEST_CASE_TEMPLATE("math: constant expressions give the bits of the run time", Function, Exp, Expm1, Log, Tanh, Sigmoid,
                   Erf, Softplus) {
  const auto check = []<class T>(T) {
    static constexpr auto constant = at_compile_time<Function, T>();
    const auto computed = at_compile_time<Function, T>();
    for (std::size_t i = 0; i < constant.size(); ++i) CHECK(bits(constant[i]) == bits(computed[i]));
  };
  check(float{});
  check(double{});
}

TEST_CASE_TEMPLATE("math: limits at run time, and NaN for NaN", T, float, double) {
  CHECK(has_its_limits<T>());
  // NaNs with any payload, because the functions do integer arithmetic on the bits.
  for (const Bits<T> payload : {Bits<T>{0}, Bits<T>{1}, Bits<T>{0x155}, detail::FloatLayout<T>::mantissa_mask}) {
    const T nan = std::bit_cast<T>(bits(std::numeric_limits<T>::quiet_NaN()) | payload);
    for (const T x : {nan, -nan}) {
      CHECK(std::isnan(math::exp(x)));
      CHECK(std::isnan(math::expm1(x)));
      CHECK(std::isnan(math::log(x)));
      CHECK(std::isnan(math::tanh(x)));
      CHECK(std::isnan(math::sigmoid(x)));
      CHECK(std::isnan(math::erf(x)));
      CHECK(std::isnan(math::softplus(x)));
    }
  }
  CHECK(std::isnan(math::log(T(-1))));
  CHECK(std::signbit(math::tanh(T(-0.0))));
  CHECK(std::signbit(math::erf(T(-0.0))));
}

TEST_CASE_TEMPLATE("math: results that would be subnormal are 0, and log takes subnormal arguments", T, float, double) {
  using Limits = std::numeric_limits<T>;
  const T lowest = static_cast<T>(detail::ExpRange<T>::lowest);
  CHECK(math::exp(lowest) >= Limits::min());
  CHECK(math::exp(lowest) < Limits::min() * T(1.001));
  CHECK(math::exp(std::nextafter(lowest, T(-1000))) == 0);
  CHECK(math::sigmoid(lowest) >= Limits::min());
  CHECK(math::sigmoid(std::nextafter(lowest, T(-1000))) == 0);
  CHECK(math::exp(static_cast<T>(detail::ExpRange<T>::highest)) > Limits::max() / 2);
  CHECK(math::exp(static_cast<T>(detail::ExpRange<T>::highest)) <= Limits::max());
  CHECK(in_units_of_the_last_place(math::log(Limits::denorm_min()),
                                   std::log(static_cast<long double>(Limits::denorm_min()))) < 1);
}

TEST_CASE("math: tanh and erf never leave [-1, 1]") {
  std::size_t outside = 0;
  for (std::uint32_t word = std::bit_cast<std::uint32_t>(1.0f); word < std::bit_cast<std::uint32_t>(16.0f); word += 7) {
    const float x = std::bit_cast<float>(word);
    outside += math::tanh(x) > 1 || math::erf(x) > 1 || math::tanh(-x) < -1 || math::erf(-x) < -1;
  }
  CHECK(outside == 0);
}

TEST_CASE_TEMPLATE("math: pow is right to its documented error", T, float, double) {
  for (const T x : {T(0.001), T(0.9), T(0.999), T(1), T(2), T(37)})
    for (const T y : {T(-3), T(-0.5), T(0), T(0.3), T(1), T(5)}) {
      const long double expected = std::pow(static_cast<long double>(x), static_cast<long double>(y));
      const T allowed = 2 + std::fabs(y * std::log(x));
      CHECK(in_units_of_the_last_place(math::pow(x, y), expected) <= allowed);
    }
}

#include <doctest/doctest.h>

#include <bit>
#include <cmath>
#include <cortexpr/core/math/constant.hpp>
#include <cortexpr/simd/pack.hpp>
#include <cstdint>
#include <limits>
#include <type_traits>
#include <vector>

#include "fixtures.hpp"

using namespace cortexpr;
using namespace cortexpr::simd;
using namespace cortexpr::testing;

static_assert(std::is_same_v<Pack<float, 1>, ScalarPack<float>> && std::is_same_v<Pack<double, 1>, ScalarPack<double>>);
static_assert(NativePack<float>::lanes == native_lanes<float> && NativePack<double>::lanes == native_lanes<double>);
static_assert(CORTEXPR_USE_XSIMD || native_lanes<float> == 1);

// (1 + 2^-12)^2 - 1 = 2^-11 + 2^-24: the last bit is lost if the product is rounded.
constexpr float factor = 1 + 0x1p-12f;
static_assert(fma(ScalarPack<float>{factor}, ScalarPack<float>{factor}, ScalarPack<float>{-1}).value ==
              (CORTEXPR_HAS_FMA ? 0x1p-11f + 0x1p-24f : 0x1p-11f));
static_assert(fma(ScalarPack<double>{1 + 0x1p-27}, ScalarPack<double>{1 + 0x1p-27}, ScalarPack<double>{-1}).value ==
              (CORTEXPR_HAS_FMA ? 0x1p-26 + 0x1p-54 : 0x1p-26));
static_assert(sqrt(ScalarPack<float>{2}).value == 0x1.6a09e6p+0f);
static_assert(sqrt(ScalarPack<double>{2}).value == 0x1.6a09e667f3bcdp+0);
static_assert(round_to_even(ScalarPack<float>{2.5f}).value == 2 && round_to_even(ScalarPack<float>{-3.5f}).value == -4);
static_assert(exponent(ScalarPack<float>{12}).value == 4 && mantissa(ScalarPack<float>{12}).value == 0.75f);
static_assert(opaque(ScalarPack<float>{3}).value == 3);

namespace {

/// Compares an operation on a pack with the same one on each lane alone.
template <class Pack, class Operation>
void compare_with_single_lanes(Operation operation) {
  using T = typename Pack::value_type;
  using One = ScalarPack<T>;
  const std::vector<T> values = all_sorts<T>();
  std::size_t differences = 0;
  for (std::size_t first = 0; first < values.size(); ++first) {
    const std::size_t second = first * 7 + 3, third = first * 13 + 5;
    T results[Pack::lanes];
    operation(gather<Pack>(values, first), gather<Pack>(values, second), gather<Pack>(values, third))
        .store_unaligned(results);
    for (std::size_t lane = 0; lane < Pack::lanes; ++lane) {
      const auto at = [&](std::size_t index) { return opaque(One{values[(index + lane) % values.size()]}); };
      differences += bits(results[lane]) != bits(operation(at(first), at(second), at(third)).value);
    }
  }
  CHECK(differences == 0);
}

template <class Operation>
void compare_all_packs(Operation operation) {
  for_each_pack<float>([&]<class Pack>() { compare_with_single_lanes<Pack>(operation); });
  for_each_pack<double>([&]<class Pack>() { compare_with_single_lanes<Pack>(operation); });
}

}  // namespace

TEST_CASE("pack: every lane computes what a single lane computes") {
  SUBCASE("+") {
    compare_all_packs([](auto a, auto b, auto) { return a + b; });
  }
  SUBCASE("-") {
    compare_all_packs([](auto a, auto b, auto) { return a - b; });
  }
  SUBCASE("*") {
    compare_all_packs([](auto a, auto b, auto) { return a * b; });
  }
  SUBCASE("/") {
    compare_all_packs([](auto a, auto b, auto) { return a / b; });
  }
  SUBCASE("negation") {
    compare_all_packs([](auto a, auto, auto) { return -a; });
  }
  SUBCASE("fma") {
    compare_all_packs([](auto a, auto b, auto c) { return fma(a, b, c); });
  }
  SUBCASE("sqrt") {
    compare_all_packs([](auto a, auto, auto) { return sqrt(a); });
  }
  SUBCASE("max") {
    compare_all_packs([](auto a, auto b, auto) { return max(a, b); });
  }
  SUBCASE("min") {
    compare_all_packs([](auto a, auto b, auto) { return min(a, b); });
  }
  SUBCASE("abs") {
    compare_all_packs([](auto a, auto, auto) { return abs(a); });
  }
  SUBCASE("copysign") {
    compare_all_packs([](auto a, auto b, auto) { return copysign(a, b); });
  }
  SUBCASE("round_to_even") {
    compare_all_packs([](auto a, auto, auto) { return round_to_even(a); });
  }
  SUBCASE("exponent") {
    compare_all_packs([](auto a, auto, auto) { return exponent(a); });
  }
  SUBCASE("mantissa") {
    compare_all_packs([](auto a, auto, auto) { return mantissa(a); });
  }
  SUBCASE("add_to_exponent") {
    compare_all_packs([](auto a, auto b, auto) { return add_to_exponent(a, b); });
  }
  SUBCASE("opaque") {
    compare_all_packs([](auto a, auto, auto) { return opaque(a); });
  }
  SUBCASE("<") {
    compare_all_packs([](auto a, auto b, auto c) { return select(a < b, b, c); });
  }
  SUBCASE("<=") {
    compare_all_packs([](auto a, auto b, auto c) { return select(a <= b, b, c); });
  }
  SUBCASE(">") {
    compare_all_packs([](auto a, auto b, auto c) { return select(a > b, b, c); });
  }
  SUBCASE(">=") {
    compare_all_packs([](auto a, auto b, auto c) { return select(a >= b, b, c); });
  }
  SUBCASE("==") {
    compare_all_packs([](auto a, auto, auto c) { return select(a == abs(a), a, c); });
  }
  SUBCASE("masks") {
    compare_all_packs([](auto a, auto b, auto c) { return select(((a < b) & (b < c)) | !(a > c), a, c); });
  }
}

TEST_CASE("pack: max and min return the second value if one is NaN or both are zero") {
  for_each_pack<float>([]<class Pack>() {
    const float nan = std::numeric_limits<float>::quiet_NaN();
    float results[Pack::lanes];
    const auto first_lane = [&](Pack pack) {
      pack.store_unaligned(results);
      return results[0];
    };
    CHECK(first_lane(max(Pack::broadcast(nan), Pack::broadcast(1))) == 1);
    CHECK(std::isnan(first_lane(max(Pack::broadcast(1), Pack::broadcast(nan)))));
    CHECK(first_lane(min(Pack::broadcast(nan), Pack::broadcast(1))) == 1);
    CHECK(std::isnan(first_lane(min(Pack::broadcast(1), Pack::broadcast(nan)))));
    CHECK(std::signbit(first_lane(max(Pack::zero(), -Pack::zero()))));
    CHECK_FALSE(std::signbit(first_lane(min(-Pack::zero(), Pack::zero()))));
  });
}

TEST_CASE("pack: comparisons of equal numbers, and of NaN") {
  for_each_pack<float>([]<class Pack>() {
    const Pack one = Pack::broadcast(1), nan = Pack::broadcast(std::numeric_limits<float>::quiet_NaN());
    CHECK(all(one <= one));
    CHECK(all(one >= one));
    CHECK(all(one == one));
    CHECK_FALSE(any(one < one));
    CHECK_FALSE(any(one > one));
    for (const Pack other : {one, nan}) {
      CHECK_FALSE(any(nan < other));
      CHECK_FALSE(any(nan <= other));
      CHECK_FALSE(any(nan > other));
      CHECK_FALSE(any(nan >= other));
      CHECK_FALSE(any(nan == other));
    }
  });
}

TEST_CASE("pack: any and all look at every lane") {
  const auto check = []<class Pack>() {
    using T = typename Pack::value_type;
    for (std::size_t lane = 0; lane < Pack::lanes; ++lane) {
      T values[Pack::lanes] = {};
      values[lane] = 1;
      const auto one_set = Pack::load_unaligned(values) > Pack::zero();
      CHECK(any(one_set));
      CHECK(all(one_set) == (Pack::lanes == 1));
      CHECK_FALSE(all(!one_set));
      CHECK_FALSE(any(one_set & !one_set));
      CHECK(all(one_set | !one_set));
    }
  };
  for_each_pack<float>(check);
  for_each_pack<double>(check);
}

TEST_CASE("pack: aligned and unaligned loads and stores move every lane") {
  const auto check = []<class Pack>() {
    using T = typename Pack::value_type;
    alignas(64) T from[Pack::lanes + 1], to[Pack::lanes + 1] = {};
    for (std::size_t i = 0; i <= Pack::lanes; ++i) from[i] = static_cast<T>(i + 1);
    Pack::load(from).store(to);
    CHECK(std::vector<T>(to, to + Pack::lanes) == std::vector<T>(from, from + Pack::lanes));
    CHECK(to[Pack::lanes] == 0);
    Pack::load_unaligned(from + 1).store_unaligned(to + 1);
    CHECK(std::vector<T>(to + 1, to + 1 + Pack::lanes) == std::vector<T>(from + 1, from + 1 + Pack::lanes));
    CHECK(to[0] == 1);
    prefetch(from);
  };
  for_each_pack<float>(check);
  for_each_pack<double>(check);
}

TEST_CASE("pack: lanes, halves and transposed rows are where they should be") {
  const auto check = []<class Pack>() {
    using T = typename Pack::value_type;
    T values[Pack::lanes * Pack::lanes];
    for (std::size_t i = 0; i < Pack::lanes * Pack::lanes; ++i) values[i] = static_cast<T>(i);
    const Pack first = Pack::load_unaligned(values);
    for (std::size_t lane = 0; lane < Pack::lanes; ++lane) CHECK(first[lane] == static_cast<T>(lane));
    if constexpr (Pack::lanes * sizeof(T) > 16) {
      CHECK(first.lower()[0] == 0);
      CHECK(first.lower()[Pack::lanes / 2 - 1] == Pack::lanes / 2 - 1);
      CHECK(first.upper()[0] == Pack::lanes / 2);
      CHECK(first.upper()[Pack::lanes / 2 - 1] == Pack::lanes - 1);
    }
    if constexpr (Pack::lanes > 1) {
      Pack rows[Pack::lanes];
      for (std::size_t row = 0; row < Pack::lanes; ++row) rows[row] = Pack::load_unaligned(values + row * Pack::lanes);
      transpose(rows);
      std::size_t misplaced = 0;
      for (std::size_t row = 0; row < Pack::lanes; ++row)
        for (std::size_t column = 0; column < Pack::lanes; ++column)
          misplaced += rows[row][column] != values[column * Pack::lanes + row];
      CHECK(misplaced == 0);
    }
  };
  for_each_pack<float>(check);
  for_each_pack<double>(check);
}

TEST_CASE("pack: a table is looked up by half octaves") {
  alignas(64) float table[16];
  for (std::size_t i = 0; i < 16; ++i) table[i] = static_cast<float>(i);
  for_each_pack<float>([&]<class Pack>() {
    const std::vector<float> values = all_sorts<float>();
    std::size_t differences = 0;
    for (std::size_t first = 0; first < values.size(); ++first) {
      float results[Pack::lanes];
      Pack::lookup(table, Pack::half_octave(gather<Pack>(values, first), 0.25f, 12.0f)).store_unaligned(results);
      for (std::size_t lane = 0; lane < Pack::lanes; ++lane) {
        const float x = std::fabs(values[(first + lane) % values.size()]);
        const float limited = x < 0.25f ? 0.25f : x > 12.0f ? 12.0f : x;
        differences +=
            x == x && results[lane] != static_cast<float>((std::bit_cast<std::uint32_t>(limited) >> 22) % 16);
      }
    }
    CHECK(differences == 0);
  });
}

TEST_CASE_TEMPLATE("constant arithmetic rounds like the machine", T, float, double) {
  const std::vector<T> values = all_sorts<T>();
  std::size_t differences = 0;
  for (std::size_t i = 0; i < 50 * values.size(); ++i) {
    const T a = values[i % values.size()], b = values[(i / 2 * 7 + 3) % values.size()];
    const T c = values[(i / 3 * 13 + 5) % values.size()];
    // Terms of similar magnitude, too: random bits alone would hardly ever cancel.
    for (const T term : {c, -a * b, -a * b * (T(1) + std::numeric_limits<T>::epsilon()), T(a * b * T(0x1p-20))})
      differences += bits(detail::constant_fma(a, b, term)) != bits(std::fma(a, b, term));
    differences += bits(detail::constant_sqrt(a)) != bits(std::sqrt(a));
  }
  CHECK(differences == 0);
}

namespace {

/// Chains of fma with terms of all magnitudes, including subnormal numbers, in constant expressions and at run time.
template <class T>
struct Chain {
  T values[64];
  constexpr explicit Chain(T start) : values{} {
    ScalarPack<T> x = opaque(ScalarPack<T>{start});
    ScalarPack<T> scale = opaque(ScalarPack<T>{T(0.37)});
    for (T& value : values) {
      x = fma(x, scale, x * scale * scale);
      scale = fma(-scale, scale, scale) * ScalarPack<T>{T(0.9)};
      value = (sqrt(x) + x).value;
    }
  }
};

}  // namespace

TEST_CASE_TEMPLATE("constant expressions give the bits of the run time", T, float, double) {
  static constexpr Chain<T> constant{T(1.1)};
  const Chain<T> computed{T(1.1)};
  for (std::size_t i = 0; i < 64; ++i) CHECK(bits(constant.values[i]) == bits(computed.values[i]));
  CHECK(computed.values[63] < T(1e-3));
}

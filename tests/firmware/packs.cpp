#include <cortexpr/core/math.hpp>
#include <cortexpr/core/random.hpp>
#include <cortexpr/simd/pack.hpp>
#include <limits>

#include "semihosting.h"

// Each lane of the packs of MVE computes what ScalarPack does: for numbers that are not subnormal, and where the result
// is none. Those are zeros.

using namespace cortexpr;
using simd::MvePack;
using One = simd::ScalarPack<float>;
using Limits = std::numeric_limits<float>;

namespace {

constexpr std::size_t count = 1024;
float values[count + MvePack::lanes];
int wrong = 0;

std::uint32_t bits(float value) {
  return __builtin_bit_cast(std::uint32_t, value == value ? value : Limits::quiet_NaN());
}
float magnitude(float value) { return __builtin_fabsf(value); }

void check(bool right, const char* name) {
  if (right) return;
  ++wrong;
  semihosting_write(name);
  semihosting_write(" is wrong\n");
}

/// Zeros, infinities, not a number, the smallest and the largest of their kind, and random bits.
void fill_values() {
  const float special[] = {0,
                           1,
                           0.5f,
                           2,
                           1.5f,
                           Limits::min(),
                           Limits::max(),
                           Limits::epsilon(),
                           Limits::infinity(),
                           Limits::quiet_NaN(),
                           1 + Limits::epsilon()};
  const Random random{Seed{42}};
  for (std::size_t i = 0; i < std::size(values); ++i) {
    const std::size_t of_special = i / 2;
    float value = of_special < std::size(special) ? special[of_special] : __builtin_bit_cast(float, random.bits(i));
    if (of_special < std::size(special) && i % 2 == 1) value = -value;
    values[i] = magnitude(value) < Limits::min() ? 0 : value;
  }
}

/// `operation` on packs, against the same on each lane alone.
template <class Operation>
void compare(const char* name, Operation operation) {
  std::size_t differences = 0;
  for (std::size_t first = 0; first < count; ++first) {
    const float *const a = values + first, *const b = values + (first * 7 + 3) % count,
                       *const c = values + (first * 13 + 5) % count;
    float results[MvePack::lanes];
    operation(MvePack::load_unaligned(a), MvePack::load_unaligned(b), MvePack::load_unaligned(c))
        .store_unaligned(results);
    for (std::size_t lane = 0; lane < MvePack::lanes; ++lane) {
      const float expected = operation(opaque(One{a[lane]}), opaque(One{b[lane]}), opaque(One{c[lane]})).value;
      const bool is_flushed = magnitude(expected) <= Limits::min() && results[lane] == 0;
      differences += bits(results[lane]) != bits(expected) && !is_flushed;
    }
  }
  check(differences == 0, name);
}

void compare_all() {
  compare("+", [](auto a, auto b, auto) { return a + b; });
  compare("-", [](auto a, auto b, auto) { return a - b; });
  compare("*", [](auto a, auto b, auto) { return a * b; });
  compare("/", [](auto a, auto b, auto) { return a / b; });
  compare("negation", [](auto a, auto, auto) { return -a; });
  compare("fma", [](auto a, auto b, auto c) { return fma(a, b, c); });
  compare("sqrt", [](auto a, auto, auto) { return sqrt(a); });
  compare("max", [](auto a, auto b, auto) { return max(a, b); });
  compare("min", [](auto a, auto b, auto) { return min(a, b); });
  compare("abs", [](auto a, auto, auto) { return abs(a); });
  compare("copysign", [](auto a, auto b, auto) { return copysign(a, b); });
  compare("round_to_even", [](auto a, auto, auto) { return round_to_even(a); });
  compare("exponent", [](auto a, auto, auto) { return exponent(a); });
  compare("mantissa", [](auto a, auto, auto) { return mantissa(a); });
  compare("add_to_exponent", [](auto a, auto b, auto) { return add_to_exponent(a, b); });
  compare("opaque", [](auto a, auto, auto) { return opaque(a); });
  compare("<", [](auto a, auto b, auto c) { return select(a < b, b, c); });
  compare("<=", [](auto a, auto b, auto c) { return select(a <= b, b, c); });
  compare(">", [](auto a, auto b, auto c) { return select(a > b, b, c); });
  compare(">=", [](auto a, auto b, auto c) { return select(a >= b, b, c); });
  compare("==", [](auto a, auto, auto c) { return select(a == abs(a), a, c); });
  compare("masks", [](auto a, auto b, auto c) { return select(((a < b) & (b < c)) | !(a > c), a, c); });
  compare("exp", [](auto a, auto, auto) { return math::exp(a); });
  compare("log", [](auto a, auto, auto) { return math::log(a); });
  compare("tanh", [](auto a, auto, auto) { return math::tanh(a); });
  compare("erf", [](auto a, auto, auto) { return math::erf(a); });
  compare("lookup", []<class Pack>(Pack a, auto, auto) {
    constexpr static float table[16] = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15};
    return select(a == a, Pack::lookup(table, Pack::half_octave(a, 0.25f, 12.0f)), a);
  });
}

bool lanes_are(MvePack pack, float a, float b, float c, float d) {
  return pack[0] == a && pack[1] == b && pack[2] == c && pack[3] == d;
}

void check_lanes() {
  const float numbers[] = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15};
  MvePack rows[4];
  for (std::size_t i = 0; i < 4; ++i) rows[i] = opaque(MvePack::load_unaligned(numbers + 4 * i));
  const MvePack a = rows[0], b = rows[1];
  check(lanes_are(even_lanes(a, b), 0, 2, 4, 6), "even_lanes");
  check(lanes_are(odd_lanes(a, b), 1, 3, 5, 7), "odd_lanes");
  check(lanes_are(zip_lower(a, b), 0, 4, 1, 5), "zip_lower");
  check(lanes_are(zip_upper(a, b), 2, 6, 3, 7), "zip_upper");
  check(lanes_are(sums_of_lanes(rows), 6, 22, 38, 54), "sums_of_lanes");
  // 2^24 swallows a one, but not two: (2^24 + 1) + (1 + 0), and not another order.
  const float one_by_one[] = {0x1p24f, 1, 1, 0};
  for (MvePack& row : rows) row = MvePack::load_unaligned(one_by_one);
  check(sums_of_lanes(rows)[0] == (0x1p24f + 1.0f) + (1.0f + 0.0f), "the order of sums_of_lanes");
  for (std::size_t i = 0; i < 4; ++i) rows[i] = opaque(MvePack::load_unaligned(numbers + 4 * i));
  transpose(rows);
  check(lanes_are(rows[1], 1, 5, 9, 13) && lanes_are(rows[3], 3, 7, 11, 15), "transpose");
  for (std::size_t lane = 0; lane < 4; ++lane) {
    float one[4] = {};
    one[lane] = 1;
    const auto mask = MvePack::load_unaligned(one) > MvePack::zero();
    check(any(mask) && !all(mask) && !all(!mask) && !any(mask & !mask) && all(mask | !mask), "any, all");
  }
}

/// What pack.hpp says of subnormal numbers.
void check_subnormal() {
  const MvePack smallest = opaque(MvePack::broadcast(Limits::denorm_min())),
                least = opaque(MvePack::broadcast(Limits::min()));
  check((smallest * opaque(MvePack::broadcast(0x1p100f)))[0] == 0, "a subnormal operand");
  check((least * opaque(MvePack::broadcast(0.5f)))[0] == 0, "a subnormal result");
  check(all(smallest == MvePack::zero()), "a subnormal comparison");
  check((opaque(One{Limits::min()}) * opaque(One{0.5f})).value == Limits::min() / 2, "a subnormal result of one lane");
}

}  // namespace

int main() {
  fill_values();
  compare_all();
  check_lanes();
  check_subnormal();
  semihosting_write(wrong == 0 ? "the packs of MVE compute what single lanes do\n" : "THE PACKS OF MVE ARE WRONG\n");
  return wrong;
}

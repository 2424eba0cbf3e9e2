#pragma once

#include <cortexpr/simd/int8.hpp>
#include <cstddef>
#include <cstdint>
#include <utility>

// Compares products of 8-bit integers with a naive loop, on the host and on boards without a test framework.

namespace int8_products {

constexpr std::size_t most_rows = 40, most_columns = 784;

/// How weights and values are chosen: the extremes, which give the largest possible sums, or random numbers.
struct Pattern {
  int weight, other_weight, value, other_value;
  bool chance;
};
constexpr Pattern patterns[] = {{127, 127, 127, 127, false},
                                {-127, -127, -128, -128, false},
                                {127, 127, -128, -128, false},
                                {-127, 127, -128, 127, false},
                                {-127, 127, -128, -128, false},
                                {0, -127, 127, 127, false},
                                {0, 0, 0, 0, true}};

inline std::int8_t weights[most_rows][most_columns];
inline std::int8_t values[most_columns];
inline std::int32_t expected[most_rows], found[most_rows];
alignas(64) inline std::int8_t packed[(most_rows + 1) * (most_columns + 64)];

inline void fill(const Pattern& pattern, std::size_t rows, std::size_t columns) {
  std::uint32_t state = 1;
  const auto chance = [&](int lowest, int count) {
    state = state * 1664525 + 1013904223;
    return static_cast<std::int8_t>(lowest + static_cast<int>((state >> 16) % static_cast<std::uint32_t>(count)));
  };
  for (std::size_t k = 0; k < columns; ++k)
    values[k] =
        pattern.chance ? chance(-128, 256) : static_cast<std::int8_t>(k % 2 ? pattern.other_value : pattern.value);
  for (std::size_t row = 0; row < rows; ++row) {
    expected[row] = 0;
    for (std::size_t k = 0; k < columns; ++k) {
      // Weights alternate as the values do, so that all products of a row have one sign, and those of the next row the
      // other.
      const bool other = (row + (pattern.value != pattern.other_value ? k : 0)) % 2 != 0;
      weights[row][k] =
          pattern.chance ? chance(-127, 255) : static_cast<std::int8_t>(other ? pattern.other_weight : pattern.weight);
      expected[row] += weights[row][k] * values[k];
    }
  }
}

/// Stores the weights, in reverse order if `backwards`, and reads them back.
template <class Target, std::size_t Rows, std::size_t K>
bool stores(bool backwards) {
  static_assert(Target::bytes <= sizeof(packed) && Target::alignment <= 64, "int8_products: `packed` must hold them");
  for (std::size_t i = 0; i < Target::bytes; ++i) packed[i] = 0;
  for (std::size_t i = 0; i < Rows * K; ++i) {
    const std::size_t at = backwards ? Rows * K - 1 - i : i;
    Target::set(packed, at / K, at % K, backwards ? 127 : -127);
    Target::set(packed, at / K, at % K, weights[at / K][at % K]);
  }
  for (std::size_t i = 0; i < Rows * K; ++i)
    if (Target::get(packed, i / K, i % K) != weights[i / K][i % K]) return false;
  return true;
}

/// x lies at the end of the given memory and is not aligned to a word.
template <class Target, std::size_t Rows, class Code>
bool multiplies(const Code* x) {
  for (auto& sum : found) sum = -1;
  std::size_t next = 0;
  bool in_order = true;
  const auto consumer = [&]<std::size_t Block>(std::size_t row, const std::int32_t(&sums)[Block]) {
    in_order = in_order && row == next && row + Block <= Rows;
    next += Block;
    for (std::size_t i = 0; i < Block && in_order; ++i) found[row + i] = sums[i];
  };
  if constexpr (Target::expands) {
    alignas(64) static typename Target::Operand operands[Target::operand_elements];
    for (auto& operand : operands) operand = 99;
    Target::expand(x, operands);
    Target::multiply(packed, operands, consumer);
  } else {
    Target::multiply(packed, x, consumer);
  }
  for (std::size_t row = 0; row < Rows; ++row)
    if (found[row] != expected[row]) return false;
  return in_order && next == Rows;
}

/// Calls report(rows, columns) for each shape with a wrong result.
template <template <std::size_t, std::size_t> class Int8, std::size_t Rows, std::size_t K>
void check_shape(auto storage, auto report) {
  using Target = Int8<Rows, K>;
  bool backwards = false;
  for (const Pattern& pattern : patterns) {
    fill(pattern, Rows, K);
    std::int8_t* const as_values = storage(K);
    std::uint8_t* const as_bytes = reinterpret_cast<std::uint8_t*>(as_values);
    const bool stored = stores<Target, Rows, K>(backwards);
    backwards = !backwards;
    for (std::size_t k = 0; k < K; ++k) as_values[k] = values[k];
    const bool right = stored && multiplies<Target, Rows>(static_cast<const std::int8_t*>(as_values));
    for (std::size_t k = 0; k < K; ++k) as_bytes[k] = static_cast<std::uint8_t>(values[k] + 128);
    if (!right || !multiplies<Target, Rows>(static_cast<const std::uint8_t*>(as_bytes))) return report(Rows, K);
  }
}

/// Checks all shapes. storage(columns) returns memory for as many values.
template <template <std::size_t, std::size_t> class Int8>
void check(auto storage, auto report) {
  const auto check_rows = [&]<std::size_t Rows>() {
    [&]<std::size_t... K>(std::index_sequence<K...>) {
      (check_shape<Int8, Rows, K>(storage, report), ...);
    }(std::index_sequence<1, 2, 3, 15, 16, 17, 513, 784>{});
  };
  [&]<std::size_t... Rows>(std::index_sequence<Rows...>) {
    (check_rows.template operator()<Rows>(), ...);
  }(std::index_sequence<1, 2, 3, 4, 5, 7, 8, 9, 17, 40>{});
}

}  // namespace int8_products

#pragma once

#include <cortexpr/simd/arch/scalar/pack.hpp>

#include <cstddef>
#include <cstdint>

namespace cortexpr::detail {

/// How the elements of an input form columns: an element of each vector in it is one, or a channel of each image.
struct InputColumns {
  std::size_t count = 1;
  std::size_t elements = 1;  ///< of a column that lie one after the other
  [[nodiscard]] friend constexpr bool operator==(const InputColumns&, const InputColumns&) = default;

  constexpr std::size_t column_of(std::size_t element) const { return element / elements % count; }
};

/// What is done to the inputs of a network in 8 bits before they become int8 values: x * factor + offset, with numbers for
/// each column, so that columns of unlike ranges keep their 256 steps.
template <InputColumns Columns>
struct InputScales {
  float factor[Columns.count]{};
  float offset[Columns.count]{};
  [[nodiscard]] friend constexpr bool operator==(const InputScales&, const InputScales&) = default;

  constexpr InputScales() {
    for (float& one : factor) one = 1;
  }
  /// Element `element` of an input, scaled.
  constexpr float scaled(float x, std::size_t element) const {
    using P = simd::ScalarPack<float>;
    const std::size_t column = Columns.column_of(element);
    return (P{x} * P{factor[column]} + P{offset[column]}).value;
  }

  constexpr float factor_of(std::size_t element) const { return factor[Columns.column_of(element)]; }
  constexpr float offset_of(std::size_t element) const { return offset[Columns.column_of(element)]; }

  static constexpr std::size_t integers = 2 * Columns.count;
  static constexpr void visit(auto& scales, auto action) {
    const auto visit_one = [&](auto& number, std::int32_t lowest, std::int32_t highest) {
      auto bits = __builtin_bit_cast(std::int32_t, number);
      action(bits, lowest, highest);
      if constexpr (requires { number = 0.0f; }) number = __builtin_bit_cast(float, bits);
    };
    for (std::size_t column = 0; column < Columns.count; ++column) {
      visit_one(scales.factor[column], 1, 0x7f7fffff);  // positive and finite
      visit_one(scales.offset[column], INT32_MIN, INT32_MAX);
    }
  }
};

/// One column is not scaled: the quantization of the input is its scale.
template <InputColumns Columns>
  requires(Columns.count == 1)
struct InputScales<Columns> {
  [[nodiscard]] friend constexpr bool operator==(const InputScales&, const InputScales&) = default;
  static constexpr float scaled(float x, std::size_t) { return x; }
  static constexpr std::size_t integers = 0;
  static constexpr void visit(auto&, auto) {}
};

}  // namespace cortexpr::detail

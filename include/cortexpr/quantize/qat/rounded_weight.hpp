#pragma once

#include <cortexpr/kernels/elementwise/map.hpp>
#include <cortexpr/kernels/int8/round_weights.hpp>
#include <cortexpr/nn/topology/linear_map.hpp>
#include <cortexpr/quantize/int8/layers/product.hpp>
#include <cortexpr/simd/backend.hpp>

#include <cstddef>
#include <cstdint>
#include <limits>
#include <type_traits>

// The weights of linear layers, rounded to the numbers that their int8 weights represent.

namespace cortexpr::detail {

/// A context in which `weight` is an array of rounded weights.
template <class Pass, class WeightArray>
struct WithWeight : Pass {
  const typename Pass::T* rounded;

  template <class Array>
  constexpr auto operator[](Array array) const {
    auto view = Pass::operator[](array);
    if constexpr (std::is_same_v<Array, WeightArray>) view.data = rounded;
    return view;
  }
};

/// The extents of the rounded weight of a linear layer, and how many scales lie in scratch; 0 for other layers.
template <class Bound>
struct RoundedWeight {
  static constexpr std::size_t rows = 0, columns = 0, scales = 0;
};
template <LinearLayer Bound>
struct RoundedWeight<Bound> {
  using array = std::remove_cvref_t<decltype(Bound::weight)>;
  static constexpr std::size_t rows = array::rows, columns = array::columns;
  static constexpr std::size_t scales = Bound::linear_map.outputs_are_columns ? columns : 0;
};

/// In place of ProductConstants, for rounded weights alone.
struct NoProductConstants {
  static constexpr void set_weight(auto...) {}
  static constexpr void set_pairs(auto...) {}
  static constexpr void set_bias(const auto&, auto...) {}
  static constexpr std::size_t outputs_together(std::size_t) { return 64; }
};

/// Rounds weights as the integers do, and sets the weights and biases of ProductConstants, or IntegerConvolution, in the
/// same pass.
template <class Simd, class Rounding, class To, class Constants>
struct WeightRounder {
  using T = typename To::value_type;
  using Pack = typename Simd::template pack<T, To::columns>;
  static constexpr std::size_t most = kernels::WeightScales<T>::most;

  const Rounding& rounding;
  To to;
  Constants& constants;
  kernels::WeightScales<T> scales{};
  alignas(64) T values[2][most]{};

  constexpr void run() {
    if constexpr (Rounding::outputs_are_columns)
      for (std::size_t first = 0; first < Rounding::outputs;) first += round_columns(first);
    else
      for (std::size_t output = 0; output < Rounding::outputs; ++output) round_row(output);
    for (std::size_t row = 0; row < to.count; ++row) kernels::clear_padding(to, row);
  }

 private:
  /// The weights of outputs that lie side by side, as many as share a block of int8 weights; returns their number.
  constexpr std::size_t round_columns(std::size_t first) {
    const std::size_t together = constants.outputs_together(first), left = Rounding::outputs - first;
    const std::size_t count = together < left ? together : left;
    std::int32_t sums[most]{};
    scales = {};
    for (std::size_t i = 0; i < count; ++i) set_scale(i, first + i);
    for (std::size_t i = count; i < most; ++i) scales.set(i, 1, T(0));
    for (std::size_t k = 0; k < to.count; k += 2) {
      round(k, first, count, values[0]);
      if (k + 1 < to.count)
        round(k + 1, first, count, values[1]);
      else
        kernels::fill(values[1], most, T(0));
      constants.set_pairs(first, k, count, values);
      for (std::size_t i = 0; i < most; ++i) sums[i] += static_cast<std::int32_t>(values[0][i] + values[1][i]);
    }
    for (std::size_t i = 0; i < count; ++i) constants.set_bias(rounding, first + i, sums[i]);
    return count;
  }
  /// The weights of one output.
  constexpr void round_row(std::size_t output) {
    std::int32_t sum = 0;
    scales = {};
    for (std::size_t i = 0; i < most; ++i) set_scale(i, output);
    for (std::size_t first = 0; first < To::columns; first += most) {
      const std::size_t count = To::columns - first < most ? To::columns - first : most;
      T* own = values[0];
      if constexpr (requires { constants.values_of(output); }) own = constants.values_of(output) + first;
      round(output, first, count, own);
      for (std::size_t i = 0; i < count; ++i) {
        const auto value = static_cast<std::int32_t>(own[i]);
        constants.set_weight(output, first + i, value);
        sum += value;
      }
    }
    constants.set_bias(rounding, output, sum);
  }
  constexpr void set_scale(std::size_t i, std::size_t output) {
    scales.set(i, rounding.scale(output), rounding.largest[output]);
  }
  /// A part of a row of weights, and of its padding.
  constexpr void round(std::size_t row, std::size_t first, std::size_t count, T* to_values) {
    const T* const weights = rounding.weights[row] + first;
    T* const rounded = to[row] + first;
    kernels::round_weights<Pack>(weights, rounded, to_values, scales, simd::padded(count, Pack::lanes));
    if (scales.all_fast) return;
    for (std::size_t i = 0; i < count; ++i)
      if (!scales.is_fast[i]) {
        to_values[i] = static_cast<T>(rounding.code(Rounding::outputs_are_columns ? first + i : row, weights[i]));
        rounded[i] = weights[i] - weights[i] == 0 ? scales.scale[i] * to_values[i] : weights[i];
      }
  }
};

/// to = the weights as the int8 weights represent them; infinities and NaN stay. `constants` get the integers.
/// Shapes:  to as the weight
template <class Simd, class Rounding, class Constants>
constexpr void round_weight_as_integers(const Rounding& rounding, auto to, Constants&& constants) {
  using T = typename decltype(to)::value_type;
  if (!__builtin_is_constant_evaluated()) {
    WeightRounder<Simd, Rounding, decltype(to), std::remove_reference_t<Constants>>{rounding, to, constants}.run();
    return;
  }
  // Fewer steps for the compiler; there are no constants (qat/integer_rounding.hpp).
  for (std::size_t row = 0; row < to.count; ++row) kernels::clear_padding(to, row);
  rounding.for_each_weight([&](std::size_t output, std::size_t k, T weight) {
    const T scale = kernels::WeightScales<T>::finite(rounding.scale(output));
    (Rounding::outputs_are_columns ? to[k][output] : to[output][k]) =
        weight - weight == 0 ? scale * static_cast<T>(rounding.code(output, weight)) : weight;
  });
}

}  // namespace cortexpr::detail

#pragma once

#include <cortexpr/kernels/elementwise/map.hpp>
#include <cortexpr/nn/topology/linear_map.hpp>
#include <cortexpr/quantize/int8/layers/product.hpp>
#include <cortexpr/quantize/scheme/quantization.hpp>

#include <cstddef>
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

/// to = the weights as the int8 weights represent them; infinities and NaN stay.   Shapes: to as the weight
template <class Bound, class Rounding, class T>
constexpr void round_weight_as_integers(ChainData<const T> data, auto to, Quantization input, Quantization result) {
  constexpr bool columns = Bound::linear_map.outputs_are_columns;
  constexpr T largest = std::numeric_limits<T>::max();
  const ProductRounding<Bound, Rounding, T> rounding{data, input, result};
  for (std::size_t row = 0; row < to.count; ++row) kernels::clear_padding(to, row);
  rounding.for_each_weight([&](std::size_t output, std::size_t k, T weight) {
    const double unit = rounding.scale(output);
    const T scale = unit < static_cast<double>(largest) ? static_cast<T>(unit) : largest;
    const bool is_finite = weight - weight == 0;
    (columns ? to[k][output] : to[output][k]) =
        is_finite ? scale * static_cast<T>(rounding.code(output, weight)) : weight;
  });
}

}  // namespace cortexpr::detail

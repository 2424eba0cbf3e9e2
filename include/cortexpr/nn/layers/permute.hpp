#pragma once

#include <cortexpr/kernels/elementwise/map.hpp>
#include <cortexpr/nn/layer.hpp>

#include <array>
#include <cstddef>

namespace cortexpr {

/// Puts the axes of each sample into another order: output axis i is input axis Axes[i]. Permute<2, 0, 1> makes
/// [H, W, C] to [C, H, W]; Permute<1, 0> transposes.
/// Shapes:  x [B, ...] -> y [B, ... in the new order]
/// Cost:    one move an element, no parameters
/// Errors:  compile time: not each axis of the sample once
template <std::size_t... Axes>
struct Permute : LayerDefaults {
  static constexpr const char* name = "Permute";
  using expects = AnyInput;

  template <class In>
  static constexpr bool fits = [] {
    std::size_t seen = 0;
    ((seen |= Axes < In::rank ? std::size_t{1} << Axes : 0), ...);
    return sizeof...(Axes) == In::rank && seen == (std::size_t{1} << In::rank) - 1;
  }();
  template <class In, class Mismatch>
  struct Check {
    static_assert(fits<In>,
                  "Permute: each axis of the sample must be named once, counted from 0; the batch is no axis");
  };

  template <class In>
  static constexpr auto shape_of() {
    if constexpr (fits<In>)
      return Shape<extent<In, Axes>...>{};
    else
      return In{};
  }
  template <class In>
  using output_shape = decltype(shape_of<In>());

  template <class Simd, class Pass>
  static constexpr void forward(const Pass& pass) {
    for (std::size_t row = 0; row < pass.input.count; ++row) {
      for_each_element<typename Pass::place::input_shape>(
          [&](std::size_t from, std::size_t to) { pass.output[row][to] = pass.input[row][from]; });
      kernels::clear_padding(pass.output, row);
    }
  }

  template <class Simd, class Pass>
  static constexpr void backward(const Pass& pass) {
    if constexpr (Pass::wants_input_gradient)
      for (std::size_t row = 0; row < pass.input.count; ++row) {
        for_each_element<typename Pass::place::input_shape>(
            [&](std::size_t from, std::size_t to) { pass.input_gradient[row][from] = pass.output_gradient[row][to]; });
        kernels::clear_padding(pass.input_gradient, row);
      }
  }

 private:
  /// Calls action(from, to) for every element, in the order of the output.
  template <class In, class Action>
  static constexpr void for_each_element(Action action) {
    constexpr std::size_t rank = sizeof...(Axes);
    constexpr std::array<std::size_t, rank> extents{extent<In, Axes>...};
    // The distance in the input between neighbours along each axis of the output.
    constexpr std::array<std::size_t, rank> strides{[] {
      std::size_t stride = 1;
      for (std::size_t axis = Axes + 1; axis < rank; ++axis) stride *= detail::Extents<In>::values[axis];
      return stride;
    }()...};
    std::array<std::size_t, rank> index{};
    std::size_t from = 0;
    for (std::size_t to = 0; to < In::size; ++to) {
      action(from, to);
      for (std::size_t axis = rank; axis-- > 0;) {
        from += strides[axis];
        if (++index[axis] < extents[axis]) break;
        from -= strides[axis] * extents[axis];
        index[axis] = 0;
      }
    }
  }
};

static_assert(Layer<Permute<1, 0>, Shape<2, 3>>, "Permute: must satisfy the layer concept");

}  // namespace cortexpr

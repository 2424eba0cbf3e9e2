#pragma once

#include <cortexpr/kernels/elementwise/map.hpp>
#include <cortexpr/nn/layer.hpp>

#include <array>
#include <cstddef>

namespace cortexpr {

/// Reorders the axes of each sample: axis i of the output is axis Axes[i] of the input. Permute<2, 0, 1> makes [C, H,
/// W] of [H, W, C]; Permute<1, 0> transposes.
/// Shapes:  x [B, ...] -> y [B, ... in the new order]
/// Cost:    one copy of each element, no parameters
/// Errors:  compile time: an axis of the sample is missing or given twice
template <std::size_t... Axes>
struct Permute : LayerDescription {
  static constexpr const char* name = "Permute";

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

  // The input's shape is a placeholder if the axes are wrong, so that only the sentence of Check appears.
  template <class In>
  static constexpr auto shape_of() {
    if constexpr (fits<In>)
      return Shape<extent<In, Axes>...>{};
    else
      return In{};
  }

  template <class T, class In>
  struct [[CORTEXPR_ABI]] Bound : BoundLayer<T, In, decltype(shape_of<In>())> {
    static constexpr bool reorders = true;

    template <class Simd>
    static constexpr void forward(Simd, const auto& pass) {
      for (std::size_t row = 0; row < pass.x.count; ++row) {
        for_each_element([&](std::size_t from, std::size_t to) { pass.y[row][to] = pass.x[row][from]; });
        kernels::clear_padding(pass.y, row);
      }
    }
    template <class Simd>
    static constexpr void backward_input(Simd, const auto& pass) {
      for (std::size_t row = 0; row < pass.dx.count; ++row) {
        for_each_element([&](std::size_t from, std::size_t to) { pass.dx[row][from] = pass.dy[row][to]; });
        kernels::clear_padding(pass.dx, row);
      }
    }

    static auto to_onnx(auto& graph, auto x) { return graph.node("Transpose", {x}).set("perm", {0, (Axes + 1)...}); }

    /// Calls action(from, to) for every element, in the order of the output.
    template <class Action>
    static constexpr void for_each_element(Action action) {
      constexpr std::size_t rank = sizeof...(Axes);
      constexpr std::array<std::size_t, rank> extents{extent<In, Axes>...};
      // The stride in the input along each axis of the output.
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
};
CORTEXPR_CHECK_LAYER(Permute<1, 0>::Bound<float, Shape<2, 3>>);

}  // namespace cortexpr

#pragma once

#include <cortexpr/kernels/elementwise/map.hpp>
#include <cortexpr/kernels/order/reduce.hpp>
#include <cortexpr/nn/layer.hpp>

#include <cstddef>

namespace cortexpr {

/// y = the mean of each channel.
/// Shapes:  x [B, C, H, W] or [B, C, T] -> y [B, C]
/// Cost:    no multiply-adds, no parameters
/// Errors:  compile time: the input has no channels
/// Source:  Lin, Chen, Yan, "Network in network", 2014, section 3.2.
struct GlobalAvgPool : LayerDefaults {
  static constexpr const char* name = "GlobalAvgPool";
  using expects = Image;

  template <class In, class Mismatch>
  struct Check {
    static_assert(In::rank == 3 || In::rank == 2,
                  "GlobalAvgPool: the input must be [C, H, W] or [C, T]; a vector has no channels");
  };

  template <class In>
  static constexpr std::size_t channels = extent<In, 0>;
  template <class In>
  static constexpr std::size_t elements = In::size / channels<In>;
  template <class In>
  using output_shape = Shape<channels<In>>;
  template <class Simd, class Pass>
  static constexpr void forward(const Pass& pass) {
    using In = typename Pass::place::input_shape;
    using T = typename Pass::T;
    using Pack = typename Simd::template pack<T, elements<In>>;
    constexpr T share = T(1) / static_cast<T>(elements<In>);
    for (std::size_t row = 0; row < pass.input.count; ++row) {
      for (std::size_t c = 0; c < channels<In>; ++c)
        pass.output[row][c] = kernels::sum_of_row<Pack, elements<In>>(pass.input[row] + c * elements<In>) * share;
      kernels::clear_padding(pass.output, row);
    }
  }

  template <class Simd, class Pass>
  static constexpr void backward(const Pass& pass) {
    if constexpr (Pass::wants_input_gradient) {
      using In = typename Pass::place::input_shape;
      using T = typename Pass::T;
      constexpr T share = T(1) / static_cast<T>(elements<In>);
      for (std::size_t row = 0; row < pass.input.count; ++row) {
        for (std::size_t c = 0; c < channels<In>; ++c)
          kernels::fill(pass.input_gradient[row] + c * elements<In>, elements<In>,
                        pass.output_gradient[row][c] * share);
        kernels::clear_padding(pass.input_gradient, row);
      }
    }
  }
};

static_assert(Layer<GlobalAvgPool, Shape<2, 3, 3>>, "GlobalAvgPool: must satisfy the layer concept");

}  // namespace cortexpr

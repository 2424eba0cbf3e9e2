#pragma once

#include <cortexpr/kernels/elementwise/map.hpp>
#include <cortexpr/kernels/order/reduce.hpp>
#include <cortexpr/nn/layer.hpp>

#include <cstddef>

namespace cortexpr {

/// y = the mean of each channel.
/// Shapes:  x [B, C, H, W] or [B, C, Steps] -> y [B, C]
/// Cost:    no multiply-adds, no parameters
/// Errors:  compile time: the input has no channels
/// Source:  Lin, Chen, Yan, "Network in network", 2014, section 3.2.
struct GlobalAvgPool : LayerDescription {
  static constexpr const char* name = "GlobalAvgPool";
  using expects = Image;

  template <class In, class Mismatch>
  struct Check {
    static_assert(In::rank == 3 || In::rank == 2,
                  "GlobalAvgPool: the input must be [C, H, W] or [C, Steps]; a vector has no channels");
  };

  template <class T, class In>
  struct [[CORTEXPR_ABI]] Bound : BoundLayer<T, In, Shape<extent<In, 0>>> {
    static constexpr std::size_t channels = extent<In, 0>;
    static constexpr std::size_t elements = In::size / channels;
    static constexpr T share = T(1) / static_cast<T>(elements);

    template <class Simd>
    static constexpr void forward(Simd, const auto& pass) {
      using Pack = typename Simd::template pack<T, elements>;
      for (std::size_t row = 0; row < pass.x.count; ++row) {
        for (std::size_t c = 0; c < channels; ++c)
          pass.y[row][c] = kernels::sum_of_row<Pack, elements>(pass.x[row] + c * elements) * share;
        kernels::clear_padding(pass.y, row);
      }
    }

    static auto to_onnx(auto& graph, auto x) {
      return graph.reshape(graph.node("GlobalAveragePool", {x}), Shape<channels>{});
    }

    static constexpr void backward_input(auto, const auto& pass) {
      for (std::size_t row = 0; row < pass.x.count; ++row) {
        for (std::size_t c = 0; c < channels; ++c)
          kernels::fill(pass.dx[row] + c * elements, elements, pass.dy[row][c] * share);
        kernels::clear_padding(pass.dx, row);
      }
    }
  };
};

CORTEXPR_CHECK_LAYER(GlobalAvgPool::Bound<float, Shape<2, 3, 3>>);

}  // namespace cortexpr

#pragma once

#include <cortexpr/kernels/convolution/packed_image.hpp>
#include <cortexpr/kernels/elementwise/map.hpp>
#include <cortexpr/kernels/order/reduce.hpp>
#include <cortexpr/kernels/product/gradient_consumer.hpp>
#include <cortexpr/nn/execution/activate.hpp>
#include <cortexpr/nn/layers/convolution/bound_convolution.hpp>

#include <cstddef>

namespace cortexpr::detail {

/// A bound transposed convolution: its forward pass is the input gradient of a convolution, and its input gradient is
/// the convolution. `geometry` is that convolution, from the output (geometry.channels) to the input
/// (geometry.filters).
template <class LayerType, class T, class In>
struct [[CORTEXPR_ABI]] BoundTransposedConvolution
    : BoundLayer<T, In,
                 Shape<LayerType::template geometry<In>.channels, LayerType::template geometry<In>.window.vertical.size,
                       LayerType::template geometry<In>.window.horizontal.size>> {
  static constexpr Convolution geometry = LayerType::template geometry<In>;
  static constexpr kernels::Window window = geometry.window;
  static constexpr std::size_t channels = geometry.channels;
  static constexpr std::size_t pixels = window.vertical.size * window.horizontal.size;
  using activation = typename LayerType::activation;
  using Forward = TransposedCorrelation<T, geometry>;
  using Backward = Correlation<T, geometry>;
  using Gradient = WeightGradient<T, geometry>;

  static constexpr Parameter<
      "weight", Shape<geometry.filters, channels, window.vertical.kernel, window.horizontal.kernel>,
      typename LayerType::initializer, Fan{geometry.filters * window.kernel_size(), geometry.kernel_elements()}>
      weight{};
  static constexpr Parameter<"bias", Shape<channels>, Zeros> bias{};
  static constexpr Saved<"z", detail::needs_saved_input<activation>() ? channels * pixels : 0> z{};

  static constexpr Scratch<"padded_y", Forward::scratch> padded_y{};
  static constexpr Scratch<"padded_x", geometry.padded_dz()> padded_x{};
  static constexpr Scratch<"transposed_weight", geometry.weights()> transposed_weight{};

  static constexpr Carried<"packed_dz", geometry.packed_image()> packed_dz{};
  static constexpr BackwardScratch<"padded_x", geometry.padded_dz()> backward_padded_x{};
  static constexpr BackwardScratch<"transposed_x", Gradient::transposed_dz> transposed_x{};
  static constexpr BackwardScratch<"weight_gradient", geometry.weights()> weight_gradient{};
  static constexpr Accumulator<"bias_gradient", channels> bias_gradient{};
  static constexpr InputGradientScratch<"correlation", Backward::scratch> correlation{};

  static constexpr Arrays arrays{weight,
                                 bias,
                                 z,
                                 padded_y,
                                 padded_x,
                                 transposed_weight,
                                 packed_dz,
                                 backward_padded_x,
                                 transposed_x,
                                 weight_gradient,
                                 bias_gradient,
                                 correlation};
  static constexpr std::size_t macs = geometry.macs();
  static auto to_onnx(auto& graph, auto x) {
    // The rows and columns that the stride leaves over, which ONNX would not know of.
    const auto rest = [](const kernels::Axis& axis) {
      return (axis.before + axis.size + axis.after - axis.dilated_kernel()) % axis.stride;
    };
    auto sums = graph.slide(graph.node("ConvTranspose", {x, graph[weight], graph[bias]}), window, 2);
    if constexpr (rest(window.vertical) + rest(window.horizontal) > 0)
      sums.set("output_padding", {rest(window.vertical), rest(window.horizontal)});
    return graph.activate(activation{}, sums);
  }
  /// As in BoundConvolution.
  static constexpr std::size_t rows_at_a_time = 1;

  template <class Simd>
  static constexpr void forward(Simd simd, const auto& pass) {
    activate_after<activation>(simd, pass, z, [&](auto to) {
      T* const padded = pass[padded_x];
      Forward::transpose_weight(pass[weight], pass[transposed_weight]);
      kernels::fill(padded, simd::block_size<T>(1, geometry.padded_dz()), T(0));
      for (std::size_t row = 0; row < pass.x.count; ++row) {
        scatter_x(simd, pass.x[row], padded);
        Forward::correlate(simd, padded, pass[transposed_weight], pass[padded_y], to[row]);
        for (std::size_t i = 0; i < channels * pixels; ++i) to[row][i] = pass[bias][i / pixels] + to[row][i];
        kernels::clear_padding(to, row);
      }
    });
  }

  template <class Simd>
  static constexpr void backward_output(Simd simd, const auto& pass) {
    T* const packed = pass[packed_dz].data;
    if (pass.is_first) kernels::fill(packed, simd::block_size<T>(1, geometry.packed_image()), T(0));
    activate_output_backward<activation>(simd, pass, z);
    kernels::pack_image<Simd, window>(pass.dy[0], channels, packed, T(0));
  }

  template <class Simd>
  static constexpr void backward_input(Simd simd, const auto& pass) {
    if (pass.is_first) Backward::begin(simd, pass[weight], pass[correlation]);
    const T* const no_bias = nullptr;
    Backward::correlate(simd, pass[packed_dz].data, pass[weight], no_bias, pass[correlation], pass.dx[0]);
    kernels::clear_padding(pass.dx, 0);
  }

  template <class Simd>
  static constexpr void backward_parameters(Simd simd, const auto& pass) {
    using One = simd::Pack<T, 1>;
    using Pack = typename Simd::template pack<T, pixels>;
    T* const padded = pass[backward_padded_x];
    T* const bias_sums = pass[bias_gradient];
    if (pass.is_first) {
      kernels::fill(padded, simd::block_size<T>(1, geometry.padded_dz()), T(0));
      Gradient::begin(simd, pass.gradient(weight), pass[weight_gradient]);
      kernels::begin_sums<One>(pass.gradient(bias), bias_sums, channels);
    }
    scatter_x(simd, pass.x[0], padded);
    Gradient::add(simd, pass[packed_dz].data, padded, pass[transposed_x], pass[weight_gradient]);
    for (std::size_t c = 0; c < channels; ++c)
      bias_sums[c] += kernels::sum_of_row<Pack, pixels>(pass.dy[0] + c * pixels);
    if (pass.is_last) {
      Gradient::end(simd, pass.gradient(weight), pass[weight_gradient]);
      kernels::end_sums<One>(pass.gradient(bias), bias_sums, channels);
    }
  }

 private:
  template <class Simd>
  static constexpr void scatter_x(Simd, const T* x, T* padded) {
    kernels::scatter_to_padded<Simd, window>(x, geometry.filters, padded, geometry.padded_dz_stride(),
                                             geometry.leading_zeros());
  }
};

}  // namespace cortexpr::detail

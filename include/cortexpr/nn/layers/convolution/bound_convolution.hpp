#pragma once

#include <cortexpr/kernels/convolution/correlate_gradient.hpp>
#include <cortexpr/kernels/convolution/packed_image.hpp>
#include <cortexpr/kernels/elementwise/map.hpp>
#include <cortexpr/kernels/product/gradient_consumer.hpp>
#include <cortexpr/nn/execution/activate.hpp>
#include <cortexpr/nn/layer.hpp>
#include <cortexpr/nn/layers/convolution/correlation.hpp>
#include <cortexpr/nn/layers/convolution/geometry.hpp>
#include <cortexpr/nn/layers/convolution/transposed_correlation.hpp>
#include <cortexpr/nn/layers/convolution/weight_gradient.hpp>
#include <cortexpr/nn/topology/linear_map.hpp>

#include <cstddef>
#include <type_traits>

namespace cortexpr::detail {

/// The base of the descriptions of convolutions: their activation and initializer.
template <class... Options>
struct ConvolutionDescription : LayerDescription {
  using activation = Pick<ActivationKind, Linear, Options...>;
  using initializer = Pick<InitializerKind, cortexpr::DefaultInitializer<activation>, Options...>;
};

/// The possible errors of a convolution, in the order in which Check reports them.
template <class Frame, class In, Convolution geometry>
struct ConvolutionProblems : WindowProblems<Frame, In, geometry.window> {
  static constexpr bool groups_do_not_divide = In::rank == Frame::rank && !geometry.groups_divide();
};

/// The geometry of a layer for an input, or a placeholder.
template <class LayerType, class In>
inline constexpr Convolution possible_geometry = possible(LayerType::template geometry<In>);

/// dL/dz, given dL/dy and the argument of the activation's derivative.
template <class ActivationType>
struct ChainRule {
  template <class Pack>
  CORTEXPR_INLINE constexpr Pack operator()(Pack of, Pack dy) const {
    return dy * ActivationType::derivative(of);
  }
};

/// A bound convolution: y = activation(x * W + b). `LayerType` has the `geometry<In>`; `Frame` (Images or Sequences)
/// says how x is an image.
template <class LayerType, class Frame, class T, class In>
struct [[CORTEXPR_ABI]] BoundConvolution
    : BoundLayer<T, In,
                 typename Frame::template shape<possible_geometry<LayerType, In>.filters,
                                                possible_geometry<LayerType, In>.window.vertical.output(),
                                                possible_geometry<LayerType, In>.window.horizontal.output()>> {
  static constexpr Convolution geometry = possible_geometry<LayerType, In>;
  static constexpr kernels::Window window = geometry.window;
  using activation = typename LayerType::activation;
  using Forward = Correlation<T, geometry>;
  using Backward = TransposedCorrelation<T, geometry>;
  using Gradient = WeightGradient<T, geometry>;

  static constexpr Parameter<
      "weight", Shape<geometry.filters, geometry.group_channels(), window.vertical.kernel, window.horizontal.kernel>,
      typename LayerType::initializer, Fan{geometry.kernel_elements(), geometry.group_filters() * window.kernel_size()}>
      weight{};
  static constexpr Parameter<"bias", Shape<geometry.filters>, Zeros> bias{};
  static constexpr Saved<"z", detail::needs_saved_input<activation>() ? geometry.outputs() : 0> z{};
  static constexpr StreamState<"history", std::is_same_v<Frame, Sequences> ? geometry.history() : 0> history{};

  static constexpr Scratch<"packed_x", geometry.packed_image()> packed_x{};
  static constexpr Scratch<"correlation", Forward::scratch> correlation{};

  static constexpr BackwardScratch<"packed_x", geometry.packed_image()> backward_packed_x{};
  static constexpr Carried<"padded_dz", geometry.padded_dz()> padded_dz{};
  static constexpr BackwardScratch<"transposed_dz", Gradient::transposed_dz> transposed_dz{};
  static constexpr BackwardScratch<"weight_gradient", geometry.weights()> weight_gradient{};
  static constexpr Accumulator<"bias_gradient", geometry.filters> bias_gradient{};
  static constexpr InputGradientScratch<"padded_dx", Backward::scratch> padded_dx{};
  static constexpr InputGradientScratch<"transposed_weight", geometry.weights()> transposed_weight{};

  static constexpr Arrays arrays{weight,
                                 bias,
                                 z,
                                 history,
                                 packed_x,
                                 correlation,
                                 backward_packed_x,
                                 padded_dz,
                                 transposed_dz,
                                 weight_gradient,
                                 bias_gradient,
                                 padded_dx,
                                 transposed_weight};
  static constexpr Exchange exchange(decltype(weight)) {
    return {.dropped_axis = std::is_same_v<Frame, Sequences> ? 2 : 0};  // [C, K]
  }
  static constexpr std::size_t macs = geometry.macs();
  static constexpr LinearMap linear_map{.pads = geometry.pads(),
                                        .outputs_per_group = geometry.group_filters(),
                                        .channels_per_group = geometry.group_channels(),
                                        .elements_per_channel = window.kernel_size()};
  static auto to_onnx(auto& graph, auto x) {
    auto sums = graph.slide(graph.node("Conv", {x, graph[weight], graph[bias]}), window, Frame::rank - 1);
    if (geometry.groups > 1) sums.set("group", geometry.groups);
    return graph.activate(activation{}, sums);
  }
  /// Scratch for one sample is small, and still in the cache when backward_parameters reads it.
  static constexpr std::size_t rows_at_a_time = 1;

  template <class Simd, class Pass>
  static constexpr void forward(Simd simd, const Pass& pass) {
    constexpr bool saves_z = Pass::training && detail::needs_saved_input<activation>();
    if constexpr (ElementwiseActivation<activation> && !saves_z)
      convolve(simd, pass, pass.y, AppliedAtOnce{});
    else
      activate_after<activation>(simd, pass, z, [&](auto to) { convolve(simd, pass, to, kernels::Unchanged{}); });
  }

  template <class Simd>
  static constexpr void backward_output(Simd simd, const auto& pass) {
    T* const to = pass[padded_dz].data;
    if (pass.is_first) kernels::fill(to, simd::block_size<T>(1, geometry.padded_dz()), T(0));
    if constexpr (ElementwiseActivation<activation> && !std::is_same_v<activation, Linear>) {
      const T* of = pass.y[0];
      if constexpr (detail::needs_saved_input<activation>()) of = pass[z][0];
      kernels::scatter_to_padded<Simd, window>(geometry.filters, to, geometry.padded_dz_stride(),
                                               geometry.leading_zeros(), ChainRule<activation>{}, of,
                                               static_cast<const T*>(pass.dy[0]));
    } else {
      activate_output_backward<activation>(simd, pass, z);
      kernels::scatter_to_padded<Simd, window>(pass.dy[0], geometry.filters, to, geometry.padded_dz_stride(),
                                               geometry.leading_zeros());
    }
  }

  template <class Simd>
  static constexpr void backward_input(Simd simd, const auto& pass) {
    if (pass.is_first) Backward::transpose_weight(pass[weight], pass[transposed_weight]);
    Backward::correlate(simd, pass[padded_dz].data, pass[transposed_weight], pass[padded_dx], pass.dx[0]);
    kernels::clear_padding(pass.dx, 0);
  }

  template <class Simd>
  static constexpr void backward_parameters(Simd simd, const auto& pass) {
    using One = simd::Pack<T, 1>;
    T* const packed = pass[backward_packed_x];
    const T* const dz = pass[padded_dz].data;
    if (pass.is_first) {
      kernels::fill(packed, simd::block_size<T>(1, geometry.packed_image()), T(0));
      Gradient::begin(simd, pass.gradient(weight), pass[weight_gradient]);
      kernels::begin_sums<One>(pass.gradient(bias), pass[bias_gradient], geometry.filters);
    }
    kernels::pack_image<Simd, window>(pass.x[0], geometry.channels, packed, T(0));
    Gradient::add(simd, packed, dz, pass[transposed_dz], pass[weight_gradient]);
    kernels::add_row_sums<Simd, geometry.filters>(dz + geometry.leading_zeros(), window.padded_rows(),
                                                  geometry.padded_dz_stride(), pass[bias_gradient]);
    if (pass.is_last) {
      Gradient::end(simd, pass.gradient(weight), pass[weight_gradient]);
      kernels::end_sums<One>(pass.gradient(bias), pass[bias_gradient], geometry.filters);
    }
  }

 private:
  // With Linear the function is Unchanged, as in backward, so that the two share a kernel.
  using AppliedAtOnce = std::conditional_t<std::is_same_v<activation, Linear>, kernels::Unchanged, ValueOf<activation>>;

  /// to = function(x * W + b)
  template <class Simd>
  static constexpr void convolve(Simd simd, const auto& pass, auto to, auto function) {
    T* const packed = pass[packed_x];
    Forward::begin(simd, pass[weight], pass[correlation]);
    kernels::fill(packed, simd::block_size<T>(1, geometry.packed_image()), T(0));
    for (std::size_t row = 0; row < pass.x.count; ++row) {
      kernels::pack_image<Simd, window>(pass.x[row], geometry.channels, packed, T(0));
      if constexpr (history.columns > 0)
        if (pass.state != nullptr) kernels::exchange_history<window>(pass[history][row], geometry.channels, packed);
      Forward::correlate(simd, packed, pass[weight], pass[bias], pass[correlation], to[row], function);
      kernels::clear_padding(to, row);
    }
  }
};

}  // namespace cortexpr::detail

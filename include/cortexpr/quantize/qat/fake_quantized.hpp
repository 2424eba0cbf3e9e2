#pragma once

#include <cortexpr/kernels/int8/fake_quantize.hpp>
#include <cortexpr/nn/layer.hpp>
#include <cortexpr/nn/layers/activation.hpp>
#include <cortexpr/nn/topology/linear_map.hpp>
#include <cortexpr/quantize/int8/int8_chain.hpp>
#include <cortexpr/quantize/int8/quantized_network.hpp>
#include <cortexpr/quantize/qat/fake_layers.hpp>
#include <cortexpr/quantize/qat/integer_convolution.hpp>
#include <cortexpr/quantize/qat/integer_rounding.hpp>
#include <cortexpr/quantize/qat/integer_scratch.hpp>
#include <cortexpr/quantize/qat/quantization_before.hpp>
#include <cortexpr/quantize/qat/rounded_weight.hpp>
#include <cortexpr/quantize/scheme/quantization.hpp>

#include <cstddef>
#include <limits>
#include <type_traits>

// Layers that calculate in real numbers what the same layers calculate in 8 bits.

namespace cortexpr {
namespace detail {

/// A bound layer with weights and outputs rounded. `Inner` is the bound layer, with inner layers in fake quantization; its
/// arrays come first, so that they lie where Inner's functions expect them.
template <class LayerType, class Inner, class Before, class After, class Rounding>
struct [[CORTEXPR_ABI]] BoundFakeQuantized : Inner {
  using T = typename Inner::value_type;
  using Weight = RoundedWeight<Inner>;
  using Integers = IntegerScratch<LayerType, Inner, Before, Rounding>;
  static constexpr double momentum = 0.01;
  static void to_onnx(auto&, auto) = delete;  // the quantized network has a form in ONNX

  static constexpr Statistic<"range", Shape<2>, Zeros> range{};
  static constexpr Saved<"unrounded", Inner::output_shape::size> unrounded{};
  static constexpr SavedOfBatch<"seen", 2> seen{};
  static constexpr Scratch<"rounded_weight", Weight::rows, Weight::columns> rounded_weight{};
  static constexpr Scratch<"weight_scales", Weight::scales> weight_scales{};
  static constexpr Scratch<"integers", Integers::memory> integers{};
  static constexpr Scratch<"integer_weights", Integers::filters, Integers::elements> integer_weights{};
  static constexpr Scratch<"sums_of_weights", Integers::filters> sums_of_weights{};
  static constexpr Scratch<"integer_sums", Integers::sums> integer_sums{};
  static constexpr ScratchPerSample<"branch_values", Integers::branches, Inner::output_shape::size> branch_values{};
  static constexpr InputGradientScratch<"rounded_weight", Weight::rows, Weight::columns> backward_rounded_weight{};
  static constexpr InputGradientScratch<"weight_scales", Weight::scales> backward_weight_scales{};
  static constexpr auto arrays = Inner::arrays + Arrays{range,
                                                        unrounded,
                                                        seen,
                                                        rounded_weight,
                                                        weight_scales,
                                                        integers,
                                                        integer_weights,
                                                        sums_of_weights,
                                                        integer_sums,
                                                        branch_values,
                                                        backward_rounded_weight,
                                                        backward_weight_scales};

  template <class Simd, class Pass>
  static constexpr void forward(Simd simd, const Pass& pass) {
    auto inner = pass;
    if constexpr (Pass::training) inner.y = pass[unrounded];
    const auto y = inner.y;
    round_weight<Pass::training, true>(simd, pass, rounded_weight, weight_scales);
    calculate(simd, with_weight(inner, rounded_weight), pass);
    if constexpr (Pass::training) kernels::range_with_zero<Simd>(y, pass[seen]);
    if (has_range(pass))
      round_outputs<Simd>(pass, y);
    else if constexpr (Pass::training)
      kernels::copy(y, pass.y);
  }

  /// A gradient passes the rounding unchanged, but is 0 for outputs beyond the range.
  template <class Simd, class Pass>
  static constexpr void backward_output(Simd simd, const Pass& pass) {
    mask_gradient(simd, pass);
    if constexpr (Pass::wants_input_gradient)
      if (pass.is_first) round_weight<true, false>(simd, pass, backward_rounded_weight, backward_weight_scales);
    const auto inner = with_rounded_weight(with_unrounded(pass));
    if constexpr (requires { Inner::backward_output(simd, inner); }) Inner::backward_output(simd, inner);
  }
  static constexpr void backward_input(auto simd, const auto& pass) {
    Inner::backward_input(simd, with_rounded_weight(with_unrounded(pass)));
  }
  static constexpr void backward_parameters(auto simd, const auto& pass) {
    Inner::backward_parameters(simd, with_unrounded(pass));
  }
  /// All of backward, of a layer that consists of layers.
  static constexpr void backward(auto simd, const auto& pass, const auto& consumer) {
    mask_gradient(simd, pass);
    Inner::backward(simd, with_unrounded(pass), consumer);
  }

  static constexpr void update_statistics(auto simd, const auto& pass) {
    if constexpr (has_statistics<Inner>) Inner::update_statistics(simd, pass);
    const T* const batch = pass[seen];
    T* const learned = pass[range];
    if (!(batch[1] - batch[0] <= std::numeric_limits<T>::max())) return;  // rounding has made infinities finite
    const T share = learned[1] - learned[0] <= T(smallest_span) ? T(1) : static_cast<T>(momentum);
    for (std::size_t i = 0; i < 2; ++i) learned[i] = (T(1) - share) * learned[i] + share * batch[i];
    if (learned[0] == learned[1]) learned[1] = T(smallest_span);  // 0 and 0 would be no range
  }

 private:
  static constexpr Range range_of(const auto& pass) { return range_in(pass[range]); }
  static constexpr bool has_range(const auto& pass) { return range_of(pass) != Range{}; }
  static constexpr auto grid(const auto& pass) { return grid_of<T>(quantization_of(range_of(pass))); }

  /// Whether outputs depend on earlier inputs, which the 8-bit layer does not know.
  static constexpr bool continues_stream(const auto& pass) {
    if constexpr (requires { Inner::history; }) return Inner::history.columns > 0 && pass.state != nullptr;
    return false;
  }

  template <class Simd>
  static constexpr void mask_gradient(Simd, const auto& pass) {
    if (has_range(pass)) kernels::mask_gradient<Simd>(pass[unrounded], pass.dy, grid(pass));
  }

  /// Inner::forward, which also keeps the values of branches that are added.
  template <class Simd, class Pass>
  static constexpr void calculate(Simd simd, const auto& inner, const Pass& pass) {
    if constexpr (Integers::branches > 0)
      Inner::forward_branches(simd, inner, [&](auto branch, auto output) {
        for (std::size_t row = 0; row < output.count; ++row) {
          T* const to = pass[branch_values][row * Integers::branches + branch];
          for (std::size_t i = 0; i < output.columns; ++i) to[i] = output[row][i];
        }
      });
    else
      Inner::forward(simd, inner);
  }

  /// pass.y = the outputs, rounded. `exact` may be pass.y.
  template <class Simd, class Pass>
  static constexpr void round_outputs(const Pass& pass, auto exact) {
    if constexpr (Integers::exact && CompositeLayer<Inner>) {
      using Merge = IntegerMerge<Inner, After, Rounding>;
      if constexpr (Merge::template applies<Pass::training>) {
        Merge merge{pass.statistics};
        if (merge.is_known()) {
          if constexpr (Integers::branches > 0)
            return merge.template run<Simd>(exact, pass.y, pass[branch_values], range_of(pass));
          else
            return merge.template run<Simd>(exact, pass.y, exact, range_of(pass));
        }
      }
    } else if constexpr (Integers::exact && Before::template applies<Pass::training>) {
      const Quantization input = Before::at(pass.statistics);
      if (input.scale > 0 && !continues_stream(pass)) {
        if constexpr (Integers::convolves)
          if (!__builtin_is_constant_evaluated()) {
            const auto convolution = integer_convolution(Integers::Pass::constants(pass[integers]), pass);
            if (convolution.is_exact())
              return convolution.run(Simd{}, pass, exact, pass[integer_sums], input, quantization_of(range_of(pass)));
          }
        return Integers::Pass::template run<Simd, Integers::takes_weights>(
            pass.x, exact, pass.y, pass[integers], {pass.parameters, pass.statistics}, input, range_of(pass));
      }
    }
    kernels::fake_quantize<Simd>(exact, pass.y, grid(pass));
  }

  /// Rounds the weight, and with `with_integers` sets the constants of the 8-bit layer that round_outputs runs.
  template <bool training, bool with_integers, class Simd>
  static constexpr void round_weight(Simd, const auto& pass, auto to, auto scales) {
    if constexpr (LinearLayer<Inner>) {
      if constexpr (Integers::exact && Before::template applies<training>) {
        const Quantization input = Before::at(pass.statistics);
        if (input.scale > 0 && has_range(pass)) {
          const ProductRounding<Inner, Rounding, T> rounding{
              {pass.parameters, pass.statistics}, input, quantization_of(range_of(pass))};
          if constexpr (with_integers && Integers::takes_weights)
            if (!__builtin_is_constant_evaluated()) {
              auto& constants = Integers::Pass::begin(pass[integers]);
              if constexpr (Integers::convolves)
                round_weight_as_integers<Simd>(rounding, pass[to], integer_convolution(constants, pass));
              else
                round_weight_as_integers<Simd>(rounding, pass[to], constants);
              return constants.set_scales(rounding, LayerType::activation::clamp);
            }
          return round_weight_as_integers<Simd>(rounding, pass[to], NoProductConstants{});
        }
      }
      if constexpr (Inner::linear_map.outputs_are_columns)
        kernels::fake_quantize_columns<Simd>(pass[Inner::weight], pass[to], pass[scales]);
      else
        kernels::fake_quantize_rows<Simd>(pass[Inner::weight], pass[to]);
    }
  }
  static constexpr auto integer_convolution(auto& constants, const auto& pass) {
    using Values = decltype(pass[integer_weights]);
    return IntegerConvolution<Inner, std::remove_reference_t<decltype(constants)>, Values>{
        constants, pass[integer_weights], pass[sums_of_weights]};
  }
  template <class Pass>
  static constexpr auto with_weight(const Pass& pass, auto rounded) {
    if constexpr (LinearLayer<Inner>)
      return WithWeight<Pass, typename Weight::array>{pass, pass[rounded].data};
    else
      return pass;
  }
  template <class Pass>
  static constexpr auto with_rounded_weight(const Pass& pass) {
    if constexpr (Pass::wants_input_gradient)
      return with_weight(pass, backward_rounded_weight);
    else
      return pass;
  }
  /// As the layer's functions of backward see it: the outputs are those before rounding.
  template <class Pass>
  static constexpr Pass with_unrounded(Pass pass) {
    pass.y = pass[unrounded];
    return pass;
  }
};

}  // namespace detail

/// A layer that calculates in real numbers what its 8-bit layer does (quantize/int8/int8_layer.hpp), so that training works
/// against the error. Its outputs have the bits of those of the integers, with any policy of rounding: the 8-bit layer
/// itself rounds them. Gradients pass the rounding unchanged, but are 0 for outputs beyond the range. The layers inside a
/// layer are fake-quantized as well.
///
/// `Before` says where the quantization of the input lies; QuantizationAware gives it. A layer that stands alone, one after
/// a Dropout in training, one that continues a stream, and one of doubles round the weights and outputs to the nearest
/// int8 values, in floating point.
///
/// The range is the calibrated one at first. Training moves it towards the range of the outputs before rounding:
/// range += 0.01 (range of the batch - range). Without a range, as after Network::initialize, outputs are not rounded
/// until the first batch has given one.
/// Shapes:  those of the layer; its parameters, and the statistic range [2]: the lowest and the highest number
/// Cost:    that of the layer and of the 8-bit layer, and rounding of weights and outputs in each pass. Scratch for the
///          rounded weights and the integers, also in inference; training saves the outputs a second time
/// Source:  Jacob et al., "Quantization and training of neural networks for efficient integer-arithmetic-only inference",
///          2018, section 3; Bengio, Léonard, Courville, "Estimating or propagating gradients through stochastic
///          neurons", 2013: the straight-through estimator.
template <class LayerType, class Before = detail::NoQuantizationBefore, class Rounding = rounding::HalfUp>
struct FakeQuantized : LayerType {
  template <class T, class In>
  using Inside = detail::FakeInside<LayerType, typename LayerType::template Bound<T, In>, Before, Rounding>;
  template <class T, class In>
  using Bound = detail::BoundFakeQuantized<LayerType, typename Inside<T, In>::layer::template Bound<T, In>, Before,
                                           typename Inside<T, In>::after, Rounding>;
};
CORTEXPR_CHECK_LAYER(FakeQuantized<Activation<Relu>>::Bound<float, Shape<3>>);

}  // namespace cortexpr

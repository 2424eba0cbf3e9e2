#pragma once

#include <cortexpr/kernels/int8/fake_quantize.hpp>
#include <cortexpr/kernels/pooling/pool.hpp>
#include <cortexpr/nn/layer.hpp>
#include <cortexpr/nn/layers/activation.hpp>
#include <cortexpr/nn/topology/linear_map.hpp>
#include <cortexpr/nn/transform/rewrite.hpp>
#include <cortexpr/quantize/scheme/quantization.hpp>

#include <cstddef>
#include <limits>
#include <type_traits>

// Layers that calculate in real numbers what the same layers calculate in 8 bits.

namespace cortexpr {

template <class LayerType>
struct FakeQuantized;

namespace detail {

/// A layer whose int8 outputs are int8 inputs: a view, a choice of inputs, or a layer that works only in training. It rounds
/// nothing.
template <class Bound>
concept KeepsInt8Values = passes_through<Bound> || std::is_same_v<typename Bound::reduction, kernels::Largest>;

/// The rule (nn/transform/rewrite.hpp): each layer is rounded by itself.
struct FakeQuantize {
  template <class LayerType, class Bound>
  struct Round {
    using type = FakeQuantized<LayerType>;
  };
  template <class LayerType, class Bound>
    requires KeepsInt8Values<Bound>
  struct Round<LayerType, Bound> {
    using type = LayerType;
  };
  template <class Layers, class Links>
  struct RoundAll;
  template <class... Layers, class... Links>
  struct RoundAll<TypeList<Layers...>, TypeList<Links...>> {
    using type = TypeList<typename Round<Layers, typename Links::bound>::type...>;
  };
  template <class ChainType>
  using layers = typename RoundAll<typename ChainType::layers, typename ChainType::links>::type;
};

/// A layer whose inner layers are fake-quantized, bound.
template <class LayerType, class T, class In>
struct RoundedInside {
  using layer = typename RewriteLayer<FakeQuantize, LayerType, typename LayerType::template Bound<T, In>>::type;
  using bound = typename layer::template Bound<T, In>;
};

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

template <class T>
constexpr kernels::Int8Grid<T> grid_of(Quantization quantization) {
  return {static_cast<T>(quantization.scale), static_cast<T>(quantization.zero_point)};
}

/// A bound layer, `Inner`, with weights and outputs rounded. Its arrays come first, so that they lie where Inner's functions
/// expect them.
template <class Inner>
struct [[CORTEXPR_ABI]] BoundFakeQuantized : Inner {
  using T = typename Inner::value_type;
  using Weight = RoundedWeight<Inner>;
  static constexpr double momentum = 0.01;

  static constexpr Statistic<"range", Shape<2>, Zeros> range{};
  static constexpr Saved<"unrounded", Inner::output_shape::size> unrounded{};
  static constexpr SavedOfBatch<"seen", 2> seen{};
  static constexpr Scratch<"rounded_weight", Weight::rows, Weight::columns> rounded_weight{};
  static constexpr Scratch<"weight_scales", Weight::scales> weight_scales{};
  static constexpr InputGradientScratch<"rounded_weight", Weight::rows, Weight::columns> backward_rounded_weight{};
  static constexpr InputGradientScratch<"weight_scales", Weight::scales> backward_weight_scales{};
  static constexpr auto arrays =
      Inner::arrays +
      Arrays{range, unrounded, seen, rounded_weight, weight_scales, backward_rounded_weight, backward_weight_scales};

  template <class Simd, class Pass>
  static constexpr void forward(Simd simd, const Pass& pass) {
    auto inner = pass;
    if constexpr (Pass::training) inner.y = pass[unrounded];
    const auto y = inner.y;
    round_weight(simd, pass, rounded_weight, weight_scales);
    Inner::forward(simd, with_weight(inner, rounded_weight));
    if constexpr (Pass::training) kernels::range_with_zero<Simd>(y, pass[seen]);
    if (has_range(pass))
      kernels::fake_quantize<Simd>(y, pass.y, grid(pass));
    else if constexpr (Pass::training)
      kernels::copy(y, pass.y);
  }

  /// A gradient passes the rounding unchanged, but is 0 for outputs beyond the range.
  template <class Simd, class Pass>
  static constexpr void backward_output(Simd simd, const Pass& pass) {
    mask_gradient(simd, pass);
    if constexpr (Pass::wants_input_gradient)
      if (pass.is_first) round_weight(simd, pass, backward_rounded_weight, backward_weight_scales);
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
    const T share = learned[0] == learned[1] ? T(1) : static_cast<T>(momentum);
    for (std::size_t i = 0; i < 2; ++i) learned[i] = (T(1) - share) * learned[i] + share * batch[i];
  }

 private:
  static constexpr Range range_of(const auto& pass) {
    return {static_cast<float>(pass[range][0]), static_cast<float>(pass[range][1])};
  }
  static constexpr bool has_range(const auto& pass) { return range_of(pass) != Range{}; }
  static constexpr auto grid(const auto& pass) { return grid_of<T>(quantization_of(range_of(pass))); }

  template <class Simd>
  static constexpr void mask_gradient(Simd, const auto& pass) {
    if (has_range(pass)) kernels::mask_gradient<Simd>(pass[unrounded], pass.dy, grid(pass));
  }

  template <class Simd>
  static constexpr void round_weight(Simd, const auto& pass, auto to, auto scales) {
    if constexpr (LinearLayer<Inner>) {
      if constexpr (Inner::linear_map.outputs_are_columns)
        kernels::fake_quantize_columns<Simd>(pass[Inner::weight], pass[to], pass[scales]);
      else
        kernels::fake_quantize_rows<Simd>(pass[Inner::weight], pass[to]);
    }
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
/// against the error. Weights are rounded to symmetric 8 bits with a scale for each output, and outputs to the 256 values
/// that span their range. Gradients pass the rounding unchanged, but are 0 for outputs beyond the range. The layers inside a
/// layer are fake-quantized as well.
///
/// The range is the calibrated one at first. Training moves it towards the range of the outputs before rounding:
/// range += 0.01 (range of the batch - range). Without a range, as after Network::initialize, outputs are not rounded
/// until the first batch has given one.
/// Shapes:  those of the layer; its parameters, and the statistic range [2]: the lowest and the highest number
/// Cost:    that of the layer, and rounding of weights and outputs in each pass. Scratch for the rounded weights, also in
///          inference, where it lies on the stack; training saves the outputs a second time
/// Source:  Jacob et al., "Quantization and training of neural networks for efficient integer-arithmetic-only inference",
///          2018, section 3; Bengio, Léonard, Courville, "Estimating or propagating gradients through stochastic
///          neurons", 2013: the straight-through estimator.
template <class LayerType>
struct FakeQuantized : LayerType {
  template <class T, class In>
  using Bound = detail::BoundFakeQuantized<typename detail::RoundedInside<LayerType, T, In>::bound>;
};
CORTEXPR_CHECK_LAYER(FakeQuantized<Activation<Relu>>::Bound<float, Shape<3>>);

}  // namespace cortexpr

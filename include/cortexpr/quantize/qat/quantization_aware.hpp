#pragma once

#include <cortexpr/nn/network.hpp>
#include <cortexpr/nn/transform/rewrite.hpp>
#include <cortexpr/quantize/int8/quantized_network.hpp>
#include <cortexpr/quantize/int8/quantized_serialize.hpp>
#include <cortexpr/quantize/lower/deployed.hpp>
#include <cortexpr/quantize/qat/fake_layers.hpp>
#include <cortexpr/quantize/qat/fake_quantized.hpp>
#include <cortexpr/quantize/qat/fake_quantized_input.hpp>
#include <cortexpr/quantize/qat/quantization_before.hpp>
#include <cortexpr/quantize/scheme/rounding.hpp>

#include <cstddef>
#include <type_traits>

// The topology that is trained for 8 bits, and its ranges in the order of Int8Chain.

namespace cortexpr {

namespace detail {

template <class Net, class Rounding>
struct MakeQuantizationAware;
template <class T, class InputType, class... Layers, class Rounding>
struct MakeQuantizationAware<BasicNetwork<T, InputType, Layers...>, Rounding> {
  using chain = typename BasicNetwork<T, InputType, Layers...>::chain;
  static_assert(Int8Chain<chain, Rounding>::observed_tensors > 0,
                "QuantizationAware: each layer must have an 8-bit layer");
  using Rounded = FakeQuantizedInput<input_columns<chain>(), Rounding>;
  using BoundRounded = typename Rounded::template Bound<T, typename chain::input_shape>;
  using Before = QuantizationBefore<
      LayerMemory<BoundRounded>::statistics -
          array_offset<BoundRounded, std::remove_cvref_t<decltype(BoundRounded::quantization)>, ArrayCounts{}>,
      true>;
  template <class... Quantized>
  using Topology = BasicNetwork<T, InputType, Rounded, Quantized...>;
  using type = typename ListedIn<Topology, typename FakeChain<chain, Before, Rounding>::layers>::type;
};

template <class LayerType>
inline constexpr bool is_fake_quantized = false;
template <class LayerType, class Before, class Rounding>
inline constexpr bool is_fake_quantized<FakeQuantized<LayerType, Before, Rounding>> = true;
template <class LayerType>
inline constexpr bool rounds_input = false;
template <InputColumns Columns, class Rounding>
inline constexpr bool rounds_input<FakeQuantizedInput<Columns, Rounding>> = true;

template <class LayerType>
struct WithoutFakeQuantization {
  using type = LayerType;
};
template <class LayerType, class Before, class Rounding>
struct WithoutFakeQuantization<FakeQuantized<LayerType, Before, Rounding>> {
  using type = LayerType;
};

/// Calls visit(range, tensor) for each fake-quantized layer of a chain: its statistic range [2], and the number of its
/// output in the order of Int8Chain, counted from `tensor` on.
template <class ChainType, class T, class Visit>
constexpr void for_each_range(ChainData<T> data, std::size_t& tensor, const Visit& visit) {
  for_each_index<ChainType::size>([&](auto index) {
    constexpr std::size_t layer = index;
    using Bound = BoundAt<ChainType, layer>;
    using LayerType = LayerAt<ChainType, layer>;
    const ChainData<T> own = data.at(ChainType::offsets[layer]);
    if constexpr (CompositeLayer<Bound>)
      for_each_index<Bound::branches::size>([&](auto k) {
        constexpr ChainOffsets offsets = Bound::bound_branches::offsets[k].chain;
        for_each_range<At<typename Bound::branches, k>>(own.at(offsets), tensor, visit);
      });
    if constexpr (is_fake_quantized<LayerType>) visit(parameter_of<Bound>(own, Bound::range)[0], tensor);
    if constexpr (!rounds_input<LayerType>) ++tensor;
  });
}

}  // namespace detail

/// The network that is trained for 8 bits: the topology that `Quantized` runs (BatchNorm folded, Dropout in training only)
/// with layers that round their weights and outputs as its integers do; see FakeQuantized. It is a network like any other:
/// Trainer trains it, and it is serialized and evaluated as others are. quantization_aware makes one from a trained
/// network, and quantize takes the ranges that it has learned (quantize/qat/calibration_aware.hpp).
///
///     cx::QuantizationAware<Classifier> aware = cx::quantization_aware(network, data.train);
///     cx::Trainer trainer{aware, cx::SoftmaxCrossEntropy{}, cx::Adam{.learning_rate = 1e-4f}, cx::batch_size<64>};
///     const cx::History history = trainer.fit(data.train, data.test, {.epochs = 1});
///     const cx::Quantized<Classifier> small = cx::quantize(aware);
///
/// Errors: compile time: a layer that has no form in 8 bits
template <class Net, class Rounding = rounding::HalfUp>
using QuantizationAware = typename detail::MakeQuantizationAware<detail::Deployed<Net>, Rounding>::type;

}  // namespace cortexpr

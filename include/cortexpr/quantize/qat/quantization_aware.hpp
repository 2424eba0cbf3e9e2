#pragma once

#include <cortexpr/nn/report/cost.hpp>
#include <cortexpr/nn/network.hpp>
#include <cortexpr/quantize/lower/deployed.hpp>
#include <cortexpr/quantize/qat/fake_quantized.hpp>
#include <cortexpr/quantize/qat/fake_quantized_input.hpp>
#include <cortexpr/quantize/int8/quantized_network.hpp>

#include <cstddef>

// The topology that is trained for 8 bits, and its ranges in the order of QuantizedChain.

namespace cortexpr {

namespace detail {

template <class Net>
struct MakeQuantizationAware;
template <class T, class InputType, class... Layers>
struct MakeQuantizationAware<BasicNetwork<T, InputType, Layers...>> {
  using Chain = QuantizedChain<typename BasicNetwork<T, InputType, Layers...>::places>;
  static_assert(Chain::slots > 0, "QuantizationAware: each layer must have a form in 8 bits");
  template <class... Quantized>
  using Topology = BasicNetwork<T, InputType, FakeQuantizedInput, Quantized...>;
  using type = typename ListedIn<Topology, FakeQuantize::chain<Layers...>>::type;
};

template <class LayerType>
inline constexpr bool is_fake_quantized = false;
template <class LayerType>
inline constexpr bool is_fake_quantized<FakeQuantized<LayerType>> = true;

template <class LayerType>
struct WithoutFakeQuantization {
  using type = LayerType;
};
template <class LayerType>
struct WithoutFakeQuantization<FakeQuantized<LayerType>> {
  using type = LayerType;
};

/// Calls visit.template operator()<Place>(slot) for each place of a fake-quantized layer, with the slot that its range
/// has in QuantizedChain.
template <class Places, class Visit>
constexpr void for_each_range(std::size_t& slot, const Visit& visit) {
  for_each_index<Places::size>([&]<std::size_t I>() {
    using Here = At<Places, I>;
    if constexpr (MadeOfLayers<Here>)
      for_each_index<BranchesOf<Here>::size>(
          [&]<std::size_t K>() { for_each_range<typename At<BranchesOf<Here>, K>::places>(slot, visit); });
    if constexpr (is_fake_quantized<typename Here::layer>) visit.template operator()<Here>(slot);
    if constexpr (!std::is_same_v<typename Here::layer, FakeQuantizedInput>) ++slot;
  });
}

}  // namespace detail

/// The network that is trained for 8 bits: the one that `Quantized` runs (BatchNorm folded, Dropout in training only),
/// whose layers round their weights and outputs as its integers will; see FakeQuantized. It is a network like any other:
/// Trainer trains it, and it is stored and evaluated as others are. quantization_aware makes one of a trained network,
/// and quantize takes the ranges that it has learned (quantize/calibration_aware.hpp).
///
///     cx::QuantizationAware<Classifier> aware = cx::quantization_aware(network, data.train);
///     cx::Trainer trainer{aware, cx::SoftmaxCrossEntropy{}, cx::Adam{.learning_rate = 1e-4f}, cx::batch_size<64>};
///     trainer.fit(data.train, data.test, {.epochs = 1});
///     const cx::Quantized<Classifier> small = cx::quantize(aware);
///
/// Errors: compile time: a layer that has no form in 8 bits
template <class Net>
using QuantizationAware = typename detail::MakeQuantizationAware<detail::Deployed<Net>>::type;

}  // namespace cortexpr

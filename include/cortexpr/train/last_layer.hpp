#pragma once

#include <cortexpr/nn/activations.hpp>
#include <cortexpr/nn/topology/chain.hpp>
#include <cortexpr/simd/backend.hpp>

#include <cstddef>
#include <type_traits>

// The layer that makes the outputs of a network, for the checks of losses: layers that pass their input on in inference
// (Dropout, Flatten) do not count, and of a layer that is one chain of layers (Sequential, TimeDistributed) the last
// inner layer counts.

namespace cortexpr::detail {

/// The position of the last layer of a chain that computes something; the last position if there is none.
template <class ChainType>
inline constexpr std::size_t last_working_layer = [] {
  std::size_t result = ChainType::size - 1;
  bool found = false;
  for_each_index_reversed<ChainType::size>([&](auto index) {
    if (!found && !passes_through<BoundAt<ChainType, index>>) {
      result = index;
      found = true;
    }
  });
  return result;
}();

template <class ChainType>
struct LastWorkingLayer {
  static constexpr std::size_t position = last_working_layer<ChainType>;
  using bound = BoundAt<ChainType, position>;
  using type = LayerAt<ChainType, position>;
};
/// The description of the layer that makes the outputs of a chain.
template <class ChainType, class Bound = typename LastWorkingLayer<ChainType>::bound>
struct OutputLayer {
  using type = typename LastWorkingLayer<ChainType>::type;
};
template <class ChainType, class Bound>
  requires requires {
    requires Bound::branches::size == 1;
    requires(At<typename Bound::branches, 0>::size > 0);
  }
struct OutputLayer<ChainType, Bound> : OutputLayer<At<typename Bound::branches, 0>> {};

/// The activation of a layer; void if it has none.
template <class Layer>
struct ActivationOf {
  using type = void;
};
template <class Layer>
  requires requires { typename Layer::activation; }
struct ActivationOf<Layer> {
  using type = typename Layer::activation;
};

/// What is known of the values of an activation.
enum class OutputRange { unknown, probabilities, beyond_probabilities };

using ConstantScalar = typename simd::ConstantEvaluated::template pack<float, 1>;

/// Whether an elementwise activation can be called in a constant expression; one of a user may call the C library.
template <class Activation>
concept ConstantActivation = ElementwiseActivation<Activation> && requires {
  typename std::bool_constant<(Activation::value(ConstantScalar::broadcast(8.0f)).value > 0)>;
};

template <class Activation>
constexpr OutputRange range_of_activation() {
  if constexpr (ConstantActivation<Activation>) {
    constexpr float low = Activation::value(ConstantScalar::broadcast(-8.0f)).value;
    constexpr float high = Activation::value(ConstantScalar::broadcast(8.0f)).value;
    return low < 0 || high > 1 ? OutputRange::beyond_probabilities : OutputRange::probabilities;
  } else {
    return std::is_same_v<Activation, Softmax> ? OutputRange::probabilities : OutputRange::unknown;
  }
}

/// The last layer of a network, as the Check of a loss sees it. Nothing is known of that of a network of integers.
template <class Net>
struct LastLayer {
  static constexpr std::size_t position = 0;
  using outermost = Net;
  using layer = void;
  using output_shape = typename Net::output_shape;
  using activation = void;
  static constexpr OutputRange range = OutputRange::unknown;
};
template <class Net>
  requires requires { typename Net::chain; }
struct LastLayer<Net> {
  /// The position in the network's list of layers, and the layer there.
  static constexpr std::size_t position = last_working_layer<typename Net::chain>;
  using outermost = LayerAt<typename Net::chain, position>;
  using layer = typename OutputLayer<typename Net::chain>::type;
  using output_shape = typename Net::output_shape;
  using activation = typename ActivationOf<layer>::type;
  static constexpr OutputRange range = range_of_activation<activation>();
};

}  // namespace cortexpr::detail

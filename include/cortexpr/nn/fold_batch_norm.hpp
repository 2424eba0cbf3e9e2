#pragma once

#include <cortexpr/kernels/normalization/normalize.hpp>
#include <cortexpr/nn/network.hpp>
#include <cortexpr/nn/rewrite.hpp>
#include <cortexpr/nn/static_network.hpp>

#include <array>
#include <cstddef>
#include <type_traits>

// A BatchNorm that directly follows a linear layer is a linear function of each of that layer's outputs, so inference
// needs no layer for it.

namespace cortexpr {

namespace detail {

template <class LayerType>
inline constexpr bool is_batch_norm = false;
template <double momentum, double epsilon>
inline constexpr bool is_batch_norm<BatchNorm<momentum, epsilon>> = true;

template <class LayerType>
inline constexpr double epsilon_of = 0;
template <double momentum, double epsilon>
inline constexpr double epsilon_of<BatchNorm<momentum, epsilon>> = epsilon;

/// Whether a layer's outputs are sums, with a weight and a bias, to which nothing is done afterwards.
template <class LayerType>
inline constexpr bool is_linear = false;
template <std::size_t Units, class InitializerType>
inline constexpr bool is_linear<Dense<Units, Linear, InitializerType>> = true;
template <std::size_t Filters, KernelSize kernel, class... Options>
inline constexpr bool is_linear<Conv2D<Filters, kernel, Options...>> =
    std::is_same_v<typename Conv2D<Filters, kernel, Options...>::activation, Linear>;
template <std::size_t Filters, std::size_t kernel, class... Options>
inline constexpr bool is_linear<Conv1D<Filters, kernel, Options...>> =
    std::is_same_v<typename Conv1D<Filters, kernel, Options...>::activation, Linear>;
template <KernelSize kernel, class... Options>
inline constexpr bool is_linear<DepthwiseConv2D<kernel, Options...>> =
    std::is_same_v<typename DepthwiseConv2D<kernel, Options...>::activation, Linear>;

/// Which layers stay.
template <class... Layers>
struct Folding {
  static constexpr std::size_t count = sizeof...(Layers);
  static constexpr std::array<bool, count> batch_norm{is_batch_norm<Layers>...};
  static constexpr std::array<bool, count> linear{is_linear<Layers>...};

  /// How many layers before this one stay.
  static constexpr std::size_t before(std::size_t layer) {
    std::size_t result = 0;
    for (std::size_t i = 0; i < layer; ++i) result += stays(i) ? std::size_t{1} : 0;
    return result;
  }
  /// Of several BatchNorms in a row all go, or none.
  static constexpr bool stays(std::size_t layer) {
    if (!batch_norm[layer]) return true;
    while (layer > 0 && batch_norm[layer]) --layer;
    return !linear[layer];
  }
};

template <class Places>
struct FoldingOfPlaces;
template <class... Places>
struct FoldingOfPlaces<TypeList<Places...>> {
  using type = Folding<typename Places::layer...>;
};

struct FoldBatchNorm;

/// Appends the layers that stay.
template <class Done, class F, class... Remaining>
struct FoldLayers {
  using type = Done;
};
template <class Done, class F, class First, class... Others>
struct FoldLayers<Done, F, First, Others...>
    : std::conditional_t<F::stays(F::count - sizeof...(Others) - 1),
                         FoldLayers<typename Done::template append<Rewritten<FoldBatchNorm, First>>, F, Others...>,
                         FoldLayers<Done, F, Others...>> {};

/// The rule (rewrite.hpp).
struct FoldBatchNorm {
  template <class... Layers>
  using chain = typename FoldLayers<TypeList<>, Folding<Layers...>, Layers...>::type;
};

/// W and b become those of the layer and the BatchNorm after it.
template <class Target, class Normalization, class T>
constexpr void fold(T* target, const T* source) {
  const T* const scale = Normalization::template parameter<0>(source)[0];
  const T* const shift = Normalization::template parameter<1>(source)[0];
  const T* const mean = Normalization::template parameter<2>(source)[0];
  const T* const variance = Normalization::template parameter<3>(source)[0];
  const auto weight = Target::template parameter<0>(target);
  T* const bias = Target::template parameter<1>(target)[0];
  constexpr T epsilon = static_cast<T>(epsilon_of<typename Normalization::layer>);
  // Dense has a column of weights for each output, a convolution a row for each filter.
  constexpr bool output_is_column = Target::output_shape::rank == 1;
  for (std::size_t output = 0; output < At<typename Target::parameters, 1>::columns; ++output) {
    const T factor = scale[output] * kernels::inverse_deviation_of(variance[output], epsilon);
    if constexpr (output_is_column)
      for (std::size_t i = 0; i < weight.count; ++i) weight[i][output] *= factor;
    else
      for (std::size_t i = 0; i < weight.columns; ++i) weight[output][i] *= factor;
    bias[output] = (bias[output] - mean[output]) * factor + shift[output];
  }
}

/// The parameters of layers that stay, and those of the others folded into them.
template <class FromPlaces, class ToPlaces, class T>
constexpr void copy_folded(const T* source, T* target) {
  using F = typename FoldingOfPlaces<FromPlaces>::type;
  for_each_index<FromPlaces::size>([&]<std::size_t I>() {
    using From = At<FromPlaces, I>;
    if constexpr (!F::stays(I)) {
      fold<At<ToPlaces, F::before(I) - 1>, From>(target, source);
    } else {
      using To = At<ToPlaces, F::before(I)>;
      if constexpr (requires { typename From::layer::join; }) {  // it consists of branches
        using FromBranches = typename From::layer::template at<From>;
        using ToBranches = typename To::layer::template at<To>;
        for_each_index<FromBranches::size>([&]<std::size_t Branch>() {
          copy_folded<typename At<FromBranches, Branch>::places, typename At<ToBranches, Branch>::places>(source,
                                                                                                          target);
        });
      } else {
        for_each_index<From::parameters::size>([&]<std::size_t Position>() {
          kernels::copy(From::template parameter<Position>(source), To::template parameter<Position>(target));
        });
      }
    }
  });
}

}  // namespace detail

/// The network that fold_batch_norm makes of one.
template <class Net>
using FoldedBatchNorm = detail::Rewritten<detail::FoldBatchNorm, Net>;

/// The same network for inference, without each BatchNorm that directly follows a Dense, Conv2D, Conv1D or
/// DepthwiseConv2D with Linear activation, inside Residual, Parallel, Concat and Sequential as well: its statistics are
/// multiplied into that layer's weight and bias. Put the activation after it as a layer of its own; a BatchNorm anywhere
/// else stays.
///
///     using Net = cx::Network<cx::Input<1, 28, 28>, cx::Conv2D<8, 3>, cx::BatchNorm<>, cx::Activation<cx::Relu>, ...>;
///     const cx::FoldedBatchNorm<Net> deployed = cx::fold_batch_norm(network);
///
/// Outputs differ by rounding only.
template <class T, class... Elements>
[[nodiscard]] constexpr auto fold_batch_norm(const BasicNetwork<T, Elements...>& network) {
  using Net = BasicNetwork<T, Elements...>;
  using Folded = FoldedBatchNorm<Net>;
  Folded folded;
  detail::copy_folded<typename Net::places, typename Folded::places>(network.block().data(), folded.block().data());
  return folded;
}
template <class Net>
[[nodiscard]] constexpr auto fold_batch_norm(const StaticNetwork<Net>& network) {
  return fold_batch_norm(*network);
}

}  // namespace cortexpr

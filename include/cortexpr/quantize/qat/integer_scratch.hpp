#pragma once

#include <cortexpr/nn/topology/arrays.hpp>
#include <cortexpr/nn/topology/linear_map.hpp>
#include <cortexpr/quantize/int8/int8_layer.hpp>
#include <cortexpr/quantize/int8/layers/convolution.hpp>
#include <cortexpr/quantize/int8/layers/product.hpp>
#include <cortexpr/quantize/qat/integer_rounding.hpp>
#include <cortexpr/quantize/qat/quantization_before.hpp>

#include <cstddef>
#include <type_traits>

namespace cortexpr::detail {

/// Scratch of forward for each sample.
template <FixedString Name, std::size_t... extents>
struct ScratchPerSample : NamedArray<Name, Region::scratch, extents...> {
  static constexpr bool per_sample = true;
};

/// How many elements of scratch a layer needs to round as its integers do: for the memory of an 8-bit layer, for the values
/// of branches that are added, and for a convolution's integers as floats. Layers that stand alone, and numbers of other
/// types than float, are rounded by themselves.
template <class LayerType, class Inner, class Before, class Rounding>
struct IntegerScratch {
  static constexpr bool exact = false, takes_weights = false, convolves = false;
  static constexpr std::size_t memory = 0, branches = 0, filters = 0, elements = 0, sums = 0;
};

template <class LayerType, class Inner, class Before, class Rounding>
  requires(std::is_same_v<typename Inner::value_type, float> && !std::is_same_v<Before, NoQuantizationBefore> &&
           !CompositeLayer<Inner> && HasInt8Layer<LayerType, Inner, Rounding>)
struct IntegerScratch<LayerType, Inner, Before, Rounding> {
  using Int8Layer = Int8LayerOf<LayerType, Inner, Rounding>;
  using Pass = IntegerPass<Int8Layer, Inner>;
  static constexpr bool exact = true;
  static constexpr std::size_t memory = Pass::elements, branches = 0;
  /// Whether the constants of the 8-bit layer are ProductConstants, which take the weights that are rounded anyway.
  static constexpr bool takes_weights =
      ClampedLinearLayer<LayerType, Inner> && is_product<typename Int8Layer::Constants>;
  static constexpr bool convolves = takes_weights && ConvolutionLike<LayerType, Inner> && requires {
    typename Inner::Forward;
    Inner::packed_x;
    Inner::correlation;
  };
  static constexpr std::size_t filters = [] {
    if constexpr (convolves)
      return Inner::geometry.filters;
    else
      return std::size_t{0};
  }();
  static constexpr std::size_t elements = [] {
    if constexpr (convolves)
      return Inner::geometry.kernel_elements();
    else
      return std::size_t{0};
  }();
  static constexpr std::size_t sums = convolves ? Inner::output_shape::size : 0;
};

template <class LayerType, class Inner, class Before, class Rounding>
  requires(std::is_same_v<typename Inner::value_type, float> && !std::is_same_v<Before, NoQuantizationBefore> &&
           CompositeLayer<Inner>)
struct IntegerScratch<LayerType, Inner, Before, Rounding>
    : IntegerScratch<LayerType, Inner, NoQuantizationBefore, Rounding> {
  static constexpr bool exact = true;
  static constexpr std::size_t branches = Inner::merge::adds ? Inner::branches::size : 0;
};

}  // namespace cortexpr::detail

#pragma once

#include <cortexpr/nn/layer.hpp>
#include <cortexpr/nn/topology/array_layout.hpp>
#include <cortexpr/nn/topology/bound_layer.hpp>
#include <cortexpr/quantize/scheme/quantization.hpp>

#include <cstddef>
#include <cstdint>

// A fake-quantized layer rounds as its 8-bit layer does, which depends on the quantization of its input. That one is a
// statistic of an earlier layer. All statistics of a network lie in one block, so the distance to it is a constant.

namespace cortexpr::detail {

/// The range that a statistic of two numbers holds; 0 and 0 if there is none yet.
template <class T>
constexpr Range range_in(const T* statistic) {
  return {static_cast<float>(statistic[0]), static_cast<float>(statistic[1])};
}

/// The quantization that lies `distance` elements before a position in the statistics: that of the network's input, or
/// the range of a layer's output. With `only_in_inference` a layer that works only in training lies between.
template <std::size_t distance, bool of_input = false, bool only_in_inference = false>
struct QuantizationBefore {
  /// The same, seen from a position `elements` further on.
  template <std::size_t elements>
  using Further = QuantizationBefore<distance + elements, of_input, only_in_inference>;
  template <bool training>
  static constexpr bool applies = !(training && only_in_inference);
  using InInference = QuantizationBefore<distance, of_input, true>;

  /// The quantization, given the address of the position. Its scale is 0 if there is none yet.
  template <class T>
  static constexpr Quantization at(const T* position) {
    const T* const found = position - distance;
    if constexpr (of_input) {
      return {static_cast<float>(found[0]), static_cast<std::int32_t>(found[1])};
    } else {
      const Range range = range_in(found);
      return range == Range{} ? Quantization{.scale = 0} : quantization_of(range);
    }
  }
};

/// For a layer that stands alone, and which therefore cannot round as its integers do.
struct NoQuantizationBefore {
  template <std::size_t>
  using Further = NoQuantizationBefore;
  template <bool training>
  static constexpr bool applies = false;
  using InInference = NoQuantizationBefore;
  static constexpr Quantization at(const auto*) { return {.scale = 0}; }
};

}  // namespace cortexpr::detail

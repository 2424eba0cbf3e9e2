#pragma once

#include <cortexpr/core/diagnostics.hpp>
#include <cortexpr/nn/topology/chain.hpp>
#include <cortexpr/nn/topology/parameters.hpp>
#include <cortexpr/quantize/scheme/quantization.hpp>
#include <cortexpr/quantize/scheme/rounding.hpp>
#include <cortexpr/simd/int8.hpp>

#include <cstddef>
#include <cstdint>
#include <type_traits>

// The 8-bit layers. `Int8LayerOf<LayerType, Bound, Rounding>` is the one for a layer: its specializations (int8/layers/) choose by
// what the bound layer is, not by its name. An 8-bit layer has
//
//   struct Constants;                                  // the integers it stores; a plain object, with
//     static constexpr std::size_t integers;           // their number
//     static constexpr void visit(auto& constants, auto action);  // action(reference, lowest, highest) for each of them
//     using packed_weights = TypeList<...>;            // if there are weights in the order of the target: types of their
//     constexpr void set_weights<First>(all);          // arrays, and what takes them from those of a network
//   static constexpr std::size_t output_bytes;         // 0: the input is the output
//   static constexpr std::size_t scratch_bytes;
//   static constexpr std::size_t operand_elements;     // of simd::Int8, for inputs that the target expands
//   static constexpr std::size_t observed_tensors;     // tensors whose ranges it needs: inner ones, then its output
//   static constexpr Quantization quantize(Constants& to, ChainData<const float> data, Quantization input,
//                                          const Range* ranges);
//   static constexpr void run(const Constants&, const auto* input, std::int8_t* output, Int8Scratch);
//
// and, for models of ONNX, to_onnx (io/onnx/quantized.hpp) and the scale of the output for one of the input, and the
// reverse, which are 0 where the constants leave it open:
//
//   static constexpr double output_scale(const Constants&, double input_scale);
//   static constexpr double input_scale(const Constants&, double output_scale);
//
// `data` are the layer's parameters and statistics. quantize returns the quantization of the output. Inputs of run are
// int8 values, or bytes, which are int8 values plus 128.

namespace cortexpr::detail {

/// Calls visit(row, column) for the elements of a window, without a loop if they are few. (Clang unrolls a loop of any
/// length if it is told to, and needs minutes for large windows.)
template <std::size_t rows, std::size_t columns, class Visit>
CORTEXPR_INLINE constexpr void for_each_element(Visit visit) {
  if constexpr (rows * columns <= 64) {
    CORTEXPR_UNROLL_FOR (std::size_t i = 0; i < rows; ++i)
      CORTEXPR_UNROLL_FOR (std::size_t j = 0; j < columns; ++j) visit(i, j);
  } else {
    for (std::size_t i = 0; i < rows; ++i)
      for (std::size_t j = 0; j < columns; ++j) visit(i, j);
  }
}

/// What an 8-bit layer may write to while it runs.
struct Int8Scratch {
  std::int8_t* bytes;
  simd::Int8Operand* operands;
};

struct NoConstants {
  static constexpr std::size_t integers = 0;
  static constexpr void visit(auto&, auto) {}
  [[nodiscard]] friend constexpr bool operator==(const NoConstants&, const NoConstants&) = default;
};

struct Int8LayerDefaults {
  using Constants = NoConstants;
  static constexpr std::size_t scratch_bytes = 0;
  static constexpr std::size_t operand_elements = 0;
  static constexpr std::size_t observed_tensors = 1;
  static constexpr double output_scale(const auto&, double scale) { return scale; }
  static constexpr double input_scale(const auto&, double scale) { return scale; }
};

/// The output is the input: views, and layers that work only in training.
struct PassThroughInt8Layer : Int8LayerDefaults {
  static constexpr std::size_t output_bytes = 0;
  static constexpr Quantization quantize(NoConstants&, ChainData<const float>, Quantization input, const Range*) {
    return input;
  }
};

/// The outputs are some of the inputs, and keep their quantization.
template <class Bound>
struct SelectingInt8Layer : PassThroughInt8Layer {
  static constexpr std::size_t output_bytes = Bound::output_shape::size;
  static auto to_onnx(auto& graph, auto bound, NoConstants, auto x, double scale) {
    return graph.same(bound, x, 0, scale, 0);
  }
};

/// The constants leave the scale of the output open.
struct OpenScaleInt8Layer : Int8LayerDefaults {
  static constexpr double output_scale(const auto&, double) { return 0; }
  static constexpr double input_scale(const auto&, double) { return 0; }
};

/// A layer without an 8-bit layer.
template <class LayerType, class Bound, class Rounding>
struct Int8LayerOf {};

template <class LayerType, class Bound, class Rounding>
  requires passes_through<Bound>
struct Int8LayerOf<LayerType, Bound, Rounding> : PassThroughInt8Layer {};

template <class LayerType, class Bound, class Rounding>
concept HasInt8Layer = requires { Int8LayerOf<LayerType, Bound, Rounding>::output_bytes; };

/// The compiler prints the index and the type of a layer without an 8-bit layer.
template <std::size_t Index, class LayerType>
struct NoInt8Layer {
  static_assert(always_false<LayerType>,
                "Quantized: this layer has no form in 8 bits; end in logits, and keep to Dense, convolutions, pooling, "
                "BatchNorm, Residual, Concat, Parallel, TimeDistributed and activations");
};

template <class ChainType, std::size_t Index, class Rounding>
struct ChooseInt8Layer : NoInt8Layer<Index, LayerAt<ChainType, Index>> {
  using type = PassThroughInt8Layer;
};
template <class ChainType, std::size_t Index, class Rounding>
  requires HasInt8Layer<LayerAt<ChainType, Index>, BoundAt<ChainType, Index>, Rounding>
struct ChooseInt8Layer<ChainType, Index, Rounding> {
  using type = Int8LayerOf<LayerAt<ChainType, Index>, BoundAt<ChainType, Index>, Rounding>;
};
/// The 8-bit layer for the layer at a position of a chain.
template <class ChainType, std::size_t Index, class Rounding>
using Int8LayerAt = typename ChooseInt8Layer<ChainType, Index, Rounding>::type;

/// A parameter of a bound layer, as rows, given the layer's data.
template <class Bound, class Array, class T>
constexpr auto parameter_of(ChainData<T> data, Array) {
  return parameter_rows<Bound, Array>(data);
}

}  // namespace cortexpr::detail

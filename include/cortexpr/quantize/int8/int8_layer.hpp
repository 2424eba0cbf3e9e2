#pragma once

#include <cortexpr/core/diagnostics.hpp>
#include <cortexpr/nn/topology/arrays.hpp>
#include <cortexpr/quantize/scheme/quantization.hpp>
#include <cortexpr/simd/int8.hpp>

#include <cstddef>
#include <cstdint>

// What layers become in 8 bits. The form of a layer at its place (nn/place.hpp) is
//
//   struct Constants;                                  // what it stores: integers, a plain object; of them
//     static constexpr std::size_t integers;           // how many there are, and
//     static constexpr void visit(auto& constants, auto action);  // action(integer, lowest, highest) for each
//   static constexpr std::size_t output_bytes;         // 0: it passes its input on
//   static constexpr std::size_t scratch_bytes;
//   static constexpr std::size_t operand_elements;     // of simd::Int8, that it expands codes into
//   static constexpr std::size_t slots;                // how many tensors it has the ranges of: its output, and inner ones
//   static constexpr Quantization quantize(Constants& to, const float* block, Quantization input, const Range* ranges);
//   static constexpr void run(const Constants&, const auto* input, std::int8_t* output, QuantizedScratch);
//
// quantize returns what the codes of the output stand for. Inputs are codes, or bytes (codes plus 128).

namespace cortexpr::detail {

/// What a layer may write to while it runs.
struct QuantizedScratch {
  std::int8_t* bytes;
  simd::Int8Operand* operands;
};

/// A layer without a form in 8 bits. The compiler prints its index and its type.
template <std::size_t Index, class LayerType>
struct NoFormInInt8 {
  static_assert(
      always_false<LayerType>,
      "Quantized: this layer has no form in 8 bits; end in logits, put BatchNorm directly after a layer "
      "without activation, and keep to Dense, convolutions, pooling, Residual, Concat, Parallel and activations");
};

struct NoConstants {
  static constexpr std::size_t integers = 0;
  static constexpr void visit(auto&, auto) {}
  [[nodiscard]] friend constexpr bool operator==(const NoConstants&, const NoConstants&) = default;
};

struct FormDefaults {
  using Constants = NoConstants;
  static constexpr std::size_t scratch_bytes = 0;
  static constexpr std::size_t operand_elements = 0;
  static constexpr std::size_t slots = 1;
};

/// It passes its input on: a layer that only sees it in another way, or does nothing outside training.
struct ViewForm : FormDefaults {
  static constexpr std::size_t output_bytes = 0;
  static constexpr Quantization quantize(NoConstants&, const float*, Quantization input, const Range*) { return input; }
};

template <class Place>
struct QuantizedForm : NoFormInInt8<Place::index, typename Place::layer>, ViewForm {};

template <class Place>
  requires(Place::layer::is_view || Place::layer::only_in_training)
struct QuantizedForm<Place> : ViewForm {};

}  // namespace cortexpr::detail

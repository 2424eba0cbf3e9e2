#pragma once

#include <cortexpr/core/tensor.hpp>
#include <cortexpr/nn/network.hpp>
#include <cortexpr/nn/serialize.hpp>
#include <cortexpr/quantize/int8/int8_chain.hpp>
#include <cortexpr/quantize/int8/layers/activation.hpp>
#include <cortexpr/quantize/int8/layers/composite.hpp>
#include <cortexpr/quantize/int8/layers/convolution.hpp>
#include <cortexpr/quantize/int8/layers/dense.hpp>
#include <cortexpr/quantize/int8/layers/pool.hpp>
#include <cortexpr/quantize/lower/deployed.hpp>
#include <cortexpr/quantize/lower/input_columns.hpp>
#include <cortexpr/quantize/scheme/input_scales.hpp>
#include <cortexpr/quantize/scheme/quantization.hpp>
#include <cortexpr/quantize/scheme/rounding.hpp>

#include <cstddef>
#include <cstdint>
#include <span>
#include <type_traits>

namespace cortexpr {

/// A network whose inference uses integers only: weights and activations of 8 bits, sums of 32. It is a plain object, as
/// the network it was made from, and its inference is const and reentrant. `Quantized` is its type, and quantize
/// (quantize/calibrate/calibration.hpp) makes one.
///
/// It maps real numbers to real numbers, as any network does. `classify` and `int8_outputs` also take bytes: each is the
/// int8 value of an input plus 128, as `bytes_of` computes it. For a network that was calibrated on images, these are the
/// pixels. Other inputs whose columns have unlike ranges are scaled by column first.
///
/// `Rounding` says how sums become int8 values (quantize/scheme/rounding.hpp); quantize<Rounding>(network, data) and
/// QuantizationAware<Net, Rounding> take another policy.
///
///     int digit(std::span<const std::uint8_t, 784> pixels) { return small.classify(pixels); }
///
/// Source: Jacob et al., "Quantization and training of neural networks for efficient integer-arithmetic-only inference",
///         2018: symmetric weights with a scale for each output, asymmetric activations.
/// Errors: compile time: a layer that has no form in 8 bits
template <class Net, class Rounding = rounding::HalfUp>
class QuantizedNetwork {
  using Chain = detail::Int8Chain<typename Net::chain, Rounding>;
  static_assert(!Chain::passes_through, "Quantized: there must be a layer that calculates");

 public:
  using value_type = float;
  using deployed = Net;
  using input_shape = typename Net::input_shape;
  using output_shape = typename Net::output_shape;
  using InputTensor = typename Net::InputTensor;
  using OutputTensor = typename Net::OutputTensor;
  using Bytes = std::span<const std::uint8_t, input_shape::size>;
  using Int8Outputs = std::span<const std::int8_t, output_shape::size>;
  static constexpr std::size_t macs = Net::macs;

  /// The memory that one inference writes to. In static memory it takes no stack.
  struct Workspace {
    alignas(4) std::int8_t activations[detail::larger(Chain::arena.elements, 1)];
    alignas(16) simd::Int8Operand operands[detail::larger(Chain::operand_elements, 1)];
  };

  constexpr QuantizedNetwork() = default;
  /// The network in 8 bits, with the quantization of its inputs and the ranges of the observed tensors. quantize finds
  /// them.
  constexpr QuantizedNetwork(
      const Net& network, Quantization input,
      std::span<const Range, detail::Int8Chain<typename Net::chain, Rounding>::observed_tensors> ranges)
      : QuantizedNetwork{network, input, ranges, {}} {}
  constexpr QuantizedNetwork(
      const Net& network, Quantization input,
      std::span<const Range, detail::Int8Chain<typename Net::chain, Rounding>::observed_tensors> ranges,
      const detail::InputScalesOf<Net>& scales)
      : input_{input}, scales_{scales}, output_{Chain::quantize(constants_, network.data(), input, ranges.data())} {}

  /// The outputs as int8 values, which lie in `workspace`.
  constexpr Int8Outputs int8_outputs(Bytes bytes, Workspace& workspace) const {
    return Int8Outputs{Chain::run(constants_, bytes.data(), {workspace.activations, workspace.operands}),
                       output_shape::size};
  }
  [[nodiscard]] constexpr Tensor<std::int8_t, output_shape> int8_outputs(Bytes bytes) const {
    Workspace workspace;
    const Int8Outputs outputs = int8_outputs(bytes, workspace);
    Tensor<std::int8_t, output_shape> result{};
    for (std::size_t i = 0; i < outputs.size(); ++i) result[i] = outputs[i];
    return result;
  }

  /// The inputs as bytes: their int8 values plus 128.
  using ByteTensor = Tensor<std::uint8_t, input_shape>;
  [[nodiscard]] constexpr ByteTensor bytes_of(const InputTensor& input) const { return bytes_of(input.data()); }

  /// The class with the largest output; the first one of equals.
  [[nodiscard]] constexpr std::size_t classify(Bytes bytes, Workspace& workspace) const {
    const Int8Outputs scores = int8_outputs(bytes, workspace);
    std::size_t best = 0;
    for (std::size_t i = 1; i < scores.size(); ++i)
      if (scores[i] > scores[best]) best = i;
    return best;
  }
  [[nodiscard]] constexpr std::size_t classify(Bytes bytes) const {
    Workspace workspace;
    return classify(bytes, workspace);
  }
  [[nodiscard]] constexpr std::size_t classify(const InputTensor& input) const {
    return classify(Bytes{bytes_of(input)});
  }

  /// One inference on real numbers.
  [[nodiscard]] constexpr OutputTensor operator()(const InputTensor& input) const {
    OutputTensor output{};
    infer(input.data(), output.data());
    return output;
  }
  /// Inference of the N samples that lie one after the other in `inputs`, into `outputs`. Both should hold N samples;
  /// where they differ, N is what both hold. Returns N.
  constexpr std::size_t operator()(std::span<const float> inputs, std::span<float> outputs) const {
    const std::size_t held = inputs.size() / input_shape::size;
    const std::size_t wanted = outputs.size() / output_shape::size;
    const std::size_t samples = held < wanted ? held : wanted;
    for (std::size_t i = 0; i < samples; ++i)
      infer(inputs.data() + i * input_shape::size, outputs.data() + i * output_shape::size);
    return samples;
  }

  /// The quantization of the inputs, which are scaled by column before if their columns have unlike ranges.
  [[nodiscard]] constexpr Quantization input_quantization() const { return input_; }
  [[nodiscard]] constexpr Quantization output_quantization() const { return output_; }

  /// Calls action(reference, lowest, highest) for each stored integer, in the same order on every machine. `integers` is
  /// their number, of which the first `input_integers` are of the inputs and the output; each lies between `lowest` and `highest`.
  static constexpr std::size_t input_integers = 4 + detail::InputScalesOf<Net>::integers;
  static constexpr std::size_t integers = input_integers + Chain::Constants::integers;
  constexpr void visit(auto action) const { visit(*this, action); }
  /// The weights of all layers as they lie in memory: their types, and what takes them from one object that holds all.
  using packed_weights = typename Chain::Constants::packed_weights;
  constexpr void set_weights(const auto& all) { constants_.template set_weights<0>(all); }
  constexpr void visit(auto action) { visit(*this, action); }

  [[nodiscard]] friend constexpr bool operator==(const QuantizedNetwork&, const QuantizedNetwork&) = default;

 private:
  constexpr ByteTensor bytes_of(const float* input) const {
    ByteTensor bytes{};
    for (std::size_t i = 0; i < bytes.size(); ++i)
      bytes[i] = static_cast<std::uint8_t>(input_.int8_value(scales_.scaled(input[i], i)) + 128);
    return bytes;
  }
  constexpr void infer(const float* input, float* output) const {
    Workspace workspace;
    const ByteTensor bytes = bytes_of(input);
    const Int8Outputs outputs = int8_outputs(bytes, workspace);
    for (std::size_t i = 0; i < outputs.size(); ++i) output[i] = output_.real_value(outputs[i]);
  }

  static constexpr void visit(auto& self, auto action) {
    for (auto* const quantization : {&self.input_, &self.output_}) {
      auto bits = __builtin_bit_cast(std::int32_t, quantization->scale);
      action(bits, 1, 0x7f7fffff);  // positive and finite
      if constexpr (!std::is_const_v<std::remove_reference_t<decltype(self)>>)
        quantization->scale = __builtin_bit_cast(float, bits);
      action(quantization->zero_point, -128, 127);
    }
    detail::InputScalesOf<Net>::visit(self.scales_, action);
    Chain::Constants::visit(self.constants_, action);
  }

  typename Chain::Constants constants_{};
  Quantization input_{};
  [[no_unique_address]] detail::InputScalesOf<Net> scales_{};
  Quantization output_{};
};

/// The type that quantize makes from a network: BatchNorm is folded, Dropout has no effect, and activations that only clamp
/// are part of the layer before them.
template <class Net, class Rounding = rounding::HalfUp>
using Quantized = QuantizedNetwork<detail::Deployed<Net>, Rounding>;

/// Calls action(integer) for each integer of a serialized quantized network, in order.
template <class Net, class Rounding, class Action>
constexpr void for_each_serialized(const QuantizedNetwork<Net, Rounding>& network, Action action) {
  network.visit([&](std::int32_t integer, std::int32_t, std::int32_t) { action(integer); });
}

namespace detail {

/// A call in a constant expression is an error whose message contains this name.
[[noreturn]] inline void a_serialized_integer_is_out_of_bounds() { __builtin_trap(); }

/// Assigns all stored integers but the weights.
struct ReadIntegers {
  const int*& integer;
  constexpr void operator()(auto& to, std::int32_t lowest, std::int32_t highest) const {
    if (*integer < lowest || *integer > highest) a_serialized_integer_is_out_of_bounds();
    to = static_cast<std::remove_reference_t<decltype(to)>>(*integer++);
  }
  static constexpr void visit_weights(auto&) {}
};

}  // namespace detail

/// The quantized network of these weights, in the order of the target, and these other integers. Headers of write_header
/// call it.
/// Errors: compile time: another count than that of the network, or an integer out of its bounds
template <class Small, std::size_t Count, std::size_t Bytes>
consteval Small deserialize(const int (&integers)[Count], const signed char (&weights)[Bytes]) {
  using Packed = detail::PackedArraysOf<typename Small::packed_weights>;
  static_assert(Count == Small::integers - Packed::count && Bytes == sizeof(typename Packed::type),
                "deserialize: there must be as many integers as the network has; the header is cut off, or of "
                "another network; write it again");
  Small network;
  network.set_weights(__builtin_bit_cast(typename Packed::type, weights));
  const int* integer = integers;
  network.visit(detail::ReadIntegers{integer});
  return network;
}

/// The memory of a quantized network, in bytes; constants, for a static_assert.
///
///     static_assert(cx::memory<Small>::activation_bytes <= 1024);
template <class Net, class Rounding>
struct memory<QuantizedNetwork<Net, Rounding>, 0, void, 0> {
  /// The network object: weights, biases, and the factors that rescale sums to 8 bits.
  static constexpr std::size_t parameter_bytes = sizeof(QuantizedNetwork<Net, Rounding>);
  /// What one inference needs in addition, without the bytes of the input: the workspace.
  static constexpr std::size_t activation_bytes = sizeof(typename QuantizedNetwork<Net, Rounding>::Workspace);
  static constexpr std::size_t inference_bytes = parameter_bytes + activation_bytes;
  static constexpr std::size_t peak_bytes = inference_bytes;
};

}  // namespace cortexpr

#pragma once

#include <cortexpr/core/placed.hpp>
#include <cortexpr/core/tensor.hpp>
#include <cortexpr/nn/network.hpp>
#include <cortexpr/quantize/int8/int8_chain.hpp>
#include <cortexpr/quantize/int8/layers/activation.hpp>
#include <cortexpr/quantize/int8/layers/composite.hpp>
#include <cortexpr/quantize/int8/layers/convolution.hpp>
#include <cortexpr/quantize/int8/layers/dense.hpp>
#include <cortexpr/quantize/int8/layers/permute.hpp>
#include <cortexpr/quantize/int8/layers/pool.hpp>
#include <cortexpr/quantize/lower/deployed.hpp>
#include <cortexpr/quantize/lower/input_columns.hpp>
#include <cortexpr/quantize/scheme/input_scales.hpp>
#include <cortexpr/quantize/scheme/quantization.hpp>
#include <cortexpr/quantize/scheme/rounding.hpp>
#include <cortexpr/quantize/scheme/tflite_rounding.hpp>

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
/// QuantizationAware<Net, Rounding> take another policy, such as rounding::xnnpack.
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

  /// The memory that one inference writes to. In static memory it takes neither stack nor heap. Functions without a
  /// workspace take theirs from the stack or, if it reaches stack_limit, from the heap, in one allocation.
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
    Tensor<std::int8_t, output_shape> result{};
    with_memory<Workspace>([&](Workspace& workspace) {
      const Int8Outputs outputs = int8_outputs(bytes, workspace);
      for (std::size_t i = 0; i < outputs.size(); ++i) result[i] = outputs[i];
    });
    return result;
  }

  /// The inputs as bytes: their int8 values plus 128.
  using ByteTensor = Tensor<std::uint8_t, input_shape>;
  [[nodiscard]] constexpr ByteTensor bytes_of(const InputTensor& input) const {
    ByteTensor bytes{};
    bytes_of(input.data(), bytes);
    return bytes;
  }

  /// The class with the largest output; the first one of equals.
  [[nodiscard]] constexpr std::size_t classify(Bytes bytes, Workspace& workspace) const {
    const Int8Outputs scores = int8_outputs(bytes, workspace);
    std::size_t best = 0;
    for (std::size_t i = 1; i < scores.size(); ++i)
      if (scores[i] > scores[best]) best = i;
    return best;
  }
  [[nodiscard]] constexpr std::size_t classify(Bytes bytes) const {
    return with_memory<Workspace>([&](Workspace& workspace) { return classify(bytes, workspace); });
  }
  [[nodiscard]] constexpr std::size_t classify(const InputTensor& input) const {
    return with_memory<Converting>(
        [&](Converting& memory) { return classify(bytes_of(input.data(), memory.bytes), memory.workspace); });
  }
  [[nodiscard]] constexpr std::size_t classify(const InputTensor& input, Workspace& workspace) const {
    return with_bytes([&](ByteTensor& bytes) { return classify(bytes_of(input.data(), bytes), workspace); });
  }

  /// One inference on real numbers.
  [[nodiscard]] constexpr OutputTensor operator()(const InputTensor& input) const {
    OutputTensor output{};
    with_memory<Converting>(
        [&](Converting& memory) { infer(input.data(), output.data(), memory.workspace, memory.bytes); });
    return output;
  }
  [[nodiscard]] constexpr OutputTensor operator()(const InputTensor& input, Workspace& workspace) const {
    OutputTensor output{};
    with_bytes([&](ByteTensor& bytes) { return infer(input.data(), output.data(), workspace, bytes); });
    return output;
  }
  /// Inference of the N samples that lie one after the other in `inputs`, into `outputs`. Both should hold N samples;
  /// where they differ, N is what both hold. Returns N.
  constexpr std::size_t operator()(std::span<const float> inputs, std::span<float> outputs) const {
    const std::size_t held = inputs.size() / input_shape::size;
    const std::size_t wanted = outputs.size() / output_shape::size;
    const std::size_t samples = held < wanted ? held : wanted;
    with_memory<Converting>([&](Converting& memory) {
      for (std::size_t i = 0; i < samples; ++i)
        infer(inputs.data() + i * input_shape::size, outputs.data() + i * output_shape::size, memory.workspace,
              memory.bytes);
    });
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

  /// Adds the network to a model of ONNX (io/onnx/quantized.hpp): from real numbers to real numbers.
  auto to_onnx(auto& graph, auto x) const {
    if constexpr (requires { scales_.factor; })
      x = graph.scaled(
          x, input_shape{}, [&](std::size_t i) { return scales_.factor_of(i); },
          [&](std::size_t i) { return scales_.offset_of(i); });
    auto outputs =
        Chain::to_onnx(graph, constants_, graph.quantize(x, static_cast<double>(input_.scale), input_.zero_point),
                       static_cast<double>(output_.scale));
    outputs.scale = static_cast<double>(output_.scale);
    return graph.dequantize(outputs, output_.zero_point);
  }

  [[nodiscard]] friend constexpr bool operator==(const QuantizedNetwork&, const QuantizedNetwork&) = default;

 private:
  /// What the inference of real numbers writes to.
  struct Converting {
    Workspace workspace;
    ByteTensor bytes;
  };

  template <class Memory>
  CORTEXPR_INLINE static constexpr auto with_memory(const auto& action) {
    static_assert(
        CORTEXPR_HEAP || sizeof(Memory) < stack_limit,
        "Quantized: an inference must take less than stack_limit on the stack; call classify(bytes, workspace) "
        "with a Workspace in static memory, or define CORTEXPR_STACK_LIMIT");
    return detail::with_object<Memory>(action);
  }
  CORTEXPR_INLINE static constexpr auto with_bytes(const auto& action) {
    static_assert(sizeof(ByteTensor) < stack_limit,
                  "Quantized: the bytes of the input must fit on the stack; call int8_outputs(bytes, workspace)");
    return detail::with_object<ByteTensor, detail::Place::inside>(action);
  }

  constexpr Bytes bytes_of(const float* input, ByteTensor& bytes) const {
    for (std::size_t i = 0; i < bytes.size(); ++i)
      bytes[i] = static_cast<std::uint8_t>(input_.int8_value(scales_.scaled(input[i], i)) + 128);
    return bytes;
  }
  constexpr void infer(const float* input, float* output, Workspace& workspace, ByteTensor& bytes) const {
    const Int8Outputs outputs = int8_outputs(bytes_of(input, bytes), workspace);
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

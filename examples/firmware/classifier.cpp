#include "classifier.hpp"

#include "digits.hpp"  // written by train_models

namespace classifier {

namespace {

using digits::Model;

std::size_t largest(const auto& outputs) {
  std::size_t result = 0;
  for (std::size_t i = 1; i < class_count; ++i)
    if (outputs[i] > outputs[result]) result = i;
  return result;
}

/// A network in float. Inference converts the pixels first, and its buffers lie on the stack.
template <class Net>
struct Classifier {
  static constexpr Memory memory{cortexpr::memory<Net>::parameter_bytes, cortexpr::memory<Net>::activation_bytes,
                                 sizeof(typename Net::InputTensor)};

  static std::size_t classify(const Net& network, Pixels pixels) { return network.classify(pixels); }
  static auto converted(Pixels pixels) {
    typename Net::InputTensor input;
    cortexpr::kernels::convert_bytes<cortexpr::simd::NativePack<float>>(pixels.data(), input.data(), input.size());
    return input;
  }
  static void convert(Pixels pixels) {
    const auto input = converted(pixels);
    asm volatile("" : : "r"(&input) : "memory");  // keeps the compiler from removing the conversion
  }
  static std::size_t scores(const Net& network, Pixels pixels, std::span<std::uint32_t, class_count> bits) {
    const auto outputs = network(converted(pixels));
    for (std::size_t i = 0; i < class_count; ++i) bits[i] = __builtin_bit_cast(std::uint32_t, outputs[i]);
    return largest(outputs);
  }
};

/// A quantized network. It reads the pixels as they are, and its workspace lies in static memory.
template <class Net>
struct Classifier<cortexpr::QuantizedNetwork<Net>> {
  using Quantized = cortexpr::QuantizedNetwork<Net>;
  static constexpr Memory memory{cortexpr::memory<Quantized>::parameter_bytes,
                                 cortexpr::memory<Quantized>::activation_bytes, 0};
  static inline typename Quantized::Workspace workspace{};

  static std::size_t classify(const Quantized& network, Pixels pixels) { return network.classify(pixels, workspace); }
  static void convert(Pixels) {}
  static std::size_t scores(const Quantized& network, Pixels pixels, std::span<std::uint32_t, class_count> bits) {
    const auto outputs = network.int8_outputs(pixels, workspace);
    for (std::size_t i = 0; i < class_count; ++i) bits[i] = static_cast<std::uint32_t>(std::int32_t{outputs[i]});
    return largest(outputs);
  }
};

}  // namespace

std::size_t classify(Pixels pixels) { return Classifier<Model>::classify(digits::model, pixels); }
std::size_t scores(Pixels pixels, std::span<std::uint32_t, class_count> bits) {
  return Classifier<Model>::scores(digits::model, pixels, bits);
}
void convert(Pixels pixels) { Classifier<Model>::convert(pixels); }
const Memory memory = Classifier<Model>::memory;

}  // namespace classifier

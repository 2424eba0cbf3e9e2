#include "classifier.hpp"

#include "digits.hpp"  // of train_models

namespace classifier {

namespace {

template <class T, class... Elements>
constexpr Memory memory_of(const cortexpr::BasicNetwork<T, Elements...>&) {
  using Sizes = cortexpr::memory<cortexpr::BasicNetwork<T, Elements...>>;
  return {Sizes::parameter_bytes, Sizes::activation_bytes, sizeof(T) * pixel_count};
}

template <class... Elements>
void scores_of(const cortexpr::Network<Elements...>& network, Pixels pixels, std::span<std::uint32_t, class_count> bits) {
  typename cortexpr::Network<Elements...>::InputTensor input;
  for (std::size_t i = 0; i < input.size(); ++i) input[i] = static_cast<float>(pixels[i]);
  const auto outputs = network(input);
  for (std::size_t i = 0; i < class_count; ++i) bits[i] = __builtin_bit_cast(std::uint32_t, outputs[i]);
}

}  // namespace

std::size_t classify(Pixels pixels) { return digits::model.classify(pixels); }
void scores(Pixels pixels, std::span<std::uint32_t, class_count> bits) { scores_of(digits::model, pixels, bits); }
constexpr Memory memory = memory_of(digits::model);

}  // namespace classifier

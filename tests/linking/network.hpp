#pragma once

#include <cortexpr/nn/network.hpp>
#include <cortexpr/train/losses.hpp>
#include <cortexpr/train/optimizers.hpp>
#include <cortexpr/train/trainer.hpp>

#include <cstdint>

// What both files of a program use: the same network, whose code and layout depend on the instruction set.

namespace linking {

namespace cx = cortexpr;
using Net = cx::Network<cx::Input<20>, cx::Dense<24, cx::Tanh>, cx::LayerNorm<>, cx::Dense<5>>;

inline constexpr Net::InputTensor sample{{1, -2, 3}};

constexpr std::uint32_t next_hash(std::uint32_t hash, std::uint32_t value) { return (hash ^ value) * 16777619u; }

/// A network that learned for some steps: the hash of its parameters without padding.
[[maybe_unused]] static std::uint32_t hash_of_training() {
  static Net network;
  static cx::Trainer trainer{network, cx::SoftmaxCrossEntropy{}, cx::Adam{.learning_rate = 0.01f}, cx::batch_size<4>};
  network.initialize(cx::Seed{1});
  cx::Tensor<float, cx::Shape<4, 20>> inputs{};
  const cx::Random random{cx::Seed{2}};
  for (std::size_t i = 0; i < inputs.size(); ++i) inputs[i] = random.normal<float>(i);
  for (int step = 0; step < 5; ++step) trainer.step(inputs, cx::Tensor<int, cx::Shape<4>>{{0, 1, 2, 3}});
  std::uint32_t hash = 2166136261u;
  cx::detail::for_each_parameter<Net::chain>(network.data(), [&](auto, auto rows) {
    for (std::size_t row = 0; row < rows.count; ++row)
      for (std::size_t i = 0; i < rows.columns; ++i)
        hash = next_hash(hash, __builtin_bit_cast(std::uint32_t, rows[row][i]));
  });
  return hash;
}

/// The hash of what a network of 8-bit integers answers to an image.
template <class Model>
static std::uint32_t hash_of_answers(const Model& model) {
  typename Model::InputTensor image{};
  for (std::size_t i = 0; i < image.size(); ++i) image[i] = static_cast<float>(i * i % 256);
  std::uint32_t hash = 2166136261u;
  for (const float output : model(image)) hash = next_hash(hash, __builtin_bit_cast(std::uint32_t, output));
  return hash;
}

#if CORTEXPR_HAS_FMA
[[maybe_unused]] constexpr bool has_fma = true;
#else
[[maybe_unused]] constexpr bool has_fma = false;
#endif

}  // namespace linking

// Training XOR twice: in the compiler and in the program. Both end with the same bits. GCC does so within its limits;
// Clang wants -fconstexpr-steps=20000000.

#include <bit>
#include <cortexpr/embedded.hpp>
#include <cstdint>
#include <cstdio>

namespace cx = cortexpr;

using Xor = cx::Network<cx::Input<2>, cx::Dense<4, cx::Tanh>, cx::Dense<1, cx::Sigmoid>>;

constexpr Xor train() {
  constexpr cx::Tensor<float, cx::Shape<4, 2>> inputs{{0, 0, 0, 1, 1, 0, 1, 1}};
  constexpr cx::Tensor<float, cx::Shape<4, 1>> targets{{0, 1, 1, 0}};
  Xor network;
  network.initialize(cx::Seed{7});
  cx::Trainer trainer{network, cx::BinaryCrossEntropy{}, cx::Momentum{.learning_rate = 0.5f}, cx::batch_size<4>};
  for (int step = 0; step < 300; ++step) trainer.step(inputs, targets);
  return network;
}

constexpr Xor learned = train();  // by the compiler: the program starts with a trained network
static_assert(learned({0, 0})[0] < 0.1f && learned({1, 1})[0] < 0.1f);
static_assert(learned({0, 1})[0] > 0.9f && learned({1, 0})[0] > 0.9f);

int main() {
  Xor again = train();  // by the processor, with SIMD
  for (const float a : {0.0f, 1.0f})
    for (const float b : {0.0f, 1.0f})
      std::printf("%.0f xor %.0f: %.4f, %.4f\n", double{a}, double{b}, double{learned({a, b})[0]},
                  double{again({a, b})[0]});

  int different = 0;
  for (std::size_t i = 0; i < Xor::block_elements; ++i)
    different += std::bit_cast<std::uint32_t>(learned.block()[i]) != std::bit_cast<std::uint32_t>(again.block()[i]);
  std::printf("%zu parameters, %d of them differ\n", Xor::parameter_count, different);
  return different;
}

// Trains a network on XOR, which needs a hidden layer. 10_in_the_compiler.cpp trains the same network in the compiler.

#include <cortexpr/embedded.hpp>
#include <cstdio>

namespace cx = cortexpr;

using Xor = cx::Network<cx::Input<2>, cx::Dense<4, cx::Tanh>, cx::Dense<1, cx::Sigmoid>>;

int main() {
  const cx::Tensor<float, cx::Shape<4, 2>> inputs{{0, 0, 0, 1, 1, 0, 1, 1}};
  const cx::Tensor<float, cx::Shape<4, 1>> targets{{0, 1, 1, 0}};

  Xor network;
  network.initialize(cx::Seed{7});
  cx::Trainer trainer{network, cx::BinaryCrossEntropy{}, cx::Momentum{.learning_rate = 0.5f}, cx::batch_size<4>};
  for (int step = 1; step <= 300; ++step) {
    const float loss = trainer.step(inputs, targets);
    if (step % 100 == 0) std::printf("step %d: loss %.4f\n", step, double{loss});
  }
  for (const float a : {0.0f, 1.0f})
    for (const float b : {0.0f, 1.0f})
      std::printf("%.0f xor %.0f: %.4f\n", double{a}, double{b}, double{network({a, b})[0]});
}

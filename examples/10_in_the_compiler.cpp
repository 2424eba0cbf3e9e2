// Training in constant expressions: a static_assert can check what a network has learned, and the trained network is a
// constant of the program. 300 steps of XOR take 19 of the 33 million operations that GCC allows for a constant
// expression, 2 s and 450 MB. The limit holds for each constant expression, so long training is split into several.
// Clang needs -fconstexpr-steps=20000000.

#include <cortexpr/embedded.hpp>
#include <cstdio>

namespace cx = cortexpr;

using Xor = cx::Network<cx::Input<2>, cx::Dense<4, cx::Tanh>, cx::Dense<1, cx::Sigmoid>>;

constexpr bool learns_xor() {
  constexpr cx::Tensor<float, cx::Shape<4, 2>> inputs{{0, 0, 0, 1, 1, 0, 1, 1}};
  constexpr cx::Tensor<float, cx::Shape<4, 1>> targets{{0, 1, 1, 0}};
  Xor network;
  network.initialize(cx::Seed{7});
  cx::Trainer trainer{network, cx::BinaryCrossEntropy{}, cx::Momentum{.learning_rate = 0.5f}, cx::batch_size<4>};
  for (int step = 0; step < 300; ++step) trainer.step(inputs, targets);
  return network({0, 0})[0] < 0.1f && network({1, 1})[0] < 0.1f && network({0, 1})[0] > 0.9f &&
         network({1, 0})[0] > 0.9f;
}
static_assert(learns_xor(), "XOR: 300 steps must be enough; look at the seed and the learning rate");

// Three classes of points, each near a corner of the unit square.
using Corners = cx::Network<cx::Input<2>, cx::Dense<6, cx::Relu>, cx::Dense<3>>;

/// Trains the network for ten steps.
constexpr Corners train(Corners network) {
  cx::Tensor<float, cx::Shape<30, 2>> points{};
  cx::Tensor<unsigned, cx::Shape<30>> labels{};
  const cx::Random random{cx::Seed{4}};
  for (std::size_t i = 0; i < 30; ++i) {
    labels[i] = static_cast<unsigned>(i % 3);
    points(i, 0) = (labels[i] == 1 ? 1.0f : 0.0f) + 0.2f * random.normal<float>(2 * i);
    points(i, 1) = (labels[i] == 2 ? 1.0f : 0.0f) + 0.2f * random.normal<float>(2 * i + 1);
  }
  cx::Trainer trainer{network, cx::SoftmaxCrossEntropy{}, cx::Adam{.learning_rate = 0.1f}, cx::batch_size<30>};
  for (int step = 0; step < 10; ++step) trainer.step(points, labels);
  return network;
}

constexpr Corners begun = [] {
  Corners network;
  network.initialize(cx::Seed{2});
  return network;
}();
constexpr Corners half_trained = train(begun);  // two constant expressions, each with its own limit
constexpr Corners trained = train(half_trained);
static_assert(trained.classify({0, 0}) == 0 && trained.classify({1, 0}) == 1 && trained.classify({0, 1}) == 2);

int main() {
  Corners network = begun;  // not constant, so the same steps run at run time, with SIMD
  network = train(train(network));
  const bool same = network == trained;
  std::printf("(0.1, 0.8) is of class %zu; trained again by the processor, the network %s\n",
              trained.classify({0.1f, 0.8f}), same ? "is the same" : "DIFFERS");
  return same ? 0 : 1;
}

// An activation of one's own: two functions of a pack of numbers. Every layer, kernel and instruction set can use it.

#include <cortexpr/embedded.hpp>
#include <cstdio>

namespace cx = cortexpr;

/// y = x / (1 + |x|), which resembles tanh and needs no exponential
struct Softsign {
  static constexpr auto derivative_from = cx::DerivativeFrom::input;  // training saves the layer's input for it
  template <class Pack>
  static constexpr Pack value(Pack x) {
    return x / (Pack::broadcast(1) + abs(x));
  }
  template <class Pack>
  static constexpr Pack derivative(Pack x) {
    const Pack root = Pack::broadcast(1) / (Pack::broadcast(1) + abs(x));
    return root * root;
  }
};

using Net = cx::Network<cx::Input<2>, cx::Dense<8, Softsign>, cx::Dense<2>>;

int main() {
  Net network;
  network.initialize(cx::Seed{3});
  cx::Trainer trainer{network, cx::SoftmaxCrossEntropy{}, cx::Adam{.learning_rate = 0.02f}, cx::batch_size<64>};

  const cx::Random random{cx::Seed{4}};
  for (std::size_t step = 0; step < 500; ++step) {  // class 1 lies inside a circle, class 0 outside
    cx::Tensor<float, cx::Shape<64, 2>> points{};
    cx::Tensor<unsigned, cx::Shape<64>> labels{};
    for (std::size_t i = 0; i < points.size(); ++i) points[i] = 2 * random.uniform<float>(step * 128 + i) - 1;
    for (std::size_t i = 0; i < 64; ++i) labels[i] = points(i, 0) * points(i, 0) + points(i, 1) * points(i, 1) < 0.5f;
    const float loss = trainer.step(points, labels);
    if (step % 100 == 99) std::printf("step %zu: loss %.4f\n", step + 1, double{loss});
  }
  std::printf("centre: class %zu, corner: class %zu\n", network.classify({0, 0}), network.classify({0.9f, 0.9f}));
}

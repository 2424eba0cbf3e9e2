// A training loop of one's own: a network learns a sine. Every second epoch calls the three parts of `step` separately.

#include <cmath>
#include <cortexpr/embedded.hpp>
#include <cstdio>

namespace cx = cortexpr;

using Sine = cx::Network<cx::Input<1>, cx::Dense<16, cx::Tanh>, cx::Dense<1>>;
using Batch = cx::Tensor<float, cx::Shape<32, 1>>;

int main() {
  Sine network, gradient;  // the gradient has the type of the network
  network.initialize(cx::Seed{1});
  cx::Trainer trainer{network, cx::MeanSquaredError{}, cx::Adam{.learning_rate = cx::CosineDecay{0.02f, 0.0f}},
                      cx::batch_size<32>};
  constexpr std::size_t epochs = 20, steps = 100;
  trainer.plan(epochs, steps);  // the schedule needs the length of training

  const cx::Random random{cx::Seed{2}};
  for (std::size_t epoch = 0; epoch < epochs; ++epoch) {
    float loss = 0;
    for (std::size_t step = 0; step < steps; ++step) {
      Batch x{}, y{};
      for (std::size_t i = 0; i < x.size(); ++i) {
        x[i] = 6 * random.uniform<float>((epoch * steps + step) * x.size() + i) - 3;
        y[i] = std::sin(x[i]);
      }
      if (epoch % 2 == 0) {
        loss += trainer.step(x, y);
      } else {  // the same as step(x, y)
        trainer.forward(x);
        loss += trainer.backward(y, gradient);
        trainer.update(gradient);
      }
    }
    if (epoch % 5 == 4) std::printf("epoch %2zu: loss %.6f\n", epoch + 1, double{loss / steps});
  }
  std::printf("sin(1) = %.4f, the network says %.4f\n", std::sin(1.0), double{network({1.0f})[0]});
}

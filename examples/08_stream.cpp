// A recurrent network learns from whole sequences, then processes a signal sample by sample, as a microcontroller
// would.

#include <algorithm>
#include <cmath>
#include <cortexpr/embedded.hpp>
#include <cstdio>

namespace cx = cortexpr;

constexpr std::size_t steps = 20;
using Net = cx::Network<cx::Input<steps, 1>, cx::Gru<16>, cx::Dense<1>>;  // [Steps, F] -> the next sample
using Stream = cx::with_input<Net, cx::Input<1, 1>>;                      // the same, one time step per call

float signal(std::size_t t) { return std::sin(0.4f * static_cast<float>(t)) + 0.5f * std::sin(static_cast<float>(t)); }

int main() {
  Net network;
  network.initialize(cx::Seed{1});
  cx::Trainer trainer{network, cx::MeanSquaredError{}, cx::Adam{.learning_rate = 0.01f}, cx::batch_size<32>};
  for (std::size_t batch = 0; batch < 500; ++batch) {
    cx::Tensor<float, cx::Shape<32, steps, 1>> x;
    cx::Tensor<float, cx::Shape<32, 1>> y;
    for (std::size_t i = 0; i < x.size(); ++i) x[i] = signal(100 + batch * 32 + i / steps + i % steps);
    for (std::size_t i = 0; i < y.size(); ++i) y[i] = signal(100 + batch * 32 + i + steps);
    trainer.step(x, y);
  }

  Stream stream;
  std::ranges::copy(network.block(), stream.block().begin());
  Stream::State state;  // the hidden state: 16 numbers
  Net::InputTensor whole{};
  Net::OutputTensor next{};
  for (std::size_t t = 0; t < steps; ++t) {
    whole[t] = signal(t);
    next = stream({whole[t]}, state);
  }
  std::printf("the next sample is %.2f, the network says %.2f, ", double{signal(steps)}, double{next[0]});
  std::printf("and of the whole sequence %s\n", next == network(whole) ? "the same" : "something else");
}

// expect-success
#include <cortexpr/cortexpr.hpp>

namespace cx = cortexpr;

using Right = cx::Network<cx::Input<1, 28, 28>, cx::Flatten, cx::Dense<10, cx::Tanh>, cx::Dense<2>>;
static_assert(Right::parameter_count == 784 * 10 + 10 + 10 * 2 + 2);

int main() {
  Right network;
  network.initialize(cx::Seed{1});
  cx::Trainer trainer{network, cx::SoftmaxCrossEntropy{}, cx::Momentum{.learning_rate = 0.1f, .momentum = 0.9f},
                      cx::batch_size<4>};
}

// expect-error: Targets: class indices need one output per class; for a single output give numbers, 0 or 1, as a Tensor
#include <array>
#include <cortexpr/nn/network.hpp>
#include <cortexpr/train/trainer.hpp>
namespace cx = cortexpr;
using Net = cx::Network<cx::Input<4>, cx::Dense<1, cx::Sigmoid>>;
float train(Net& network, const cx::Tensor<float, cx::Shape<60, 4>>& inputs, const std::array<unsigned, 60>& labels) {
  cx::Trainer trainer{network, cx::BinaryCrossEntropy{}, cx::Sgd{}, cx::batch_size<60>};
  return trainer.step(inputs, labels);
}

// expect-error: Trainer::step: the targets must be a Tensor<T, Shape<batch, output...>>, or class indices
#include <array>
#include <cortexpr/nn/network.hpp>
#include <cortexpr/train/trainer.hpp>
namespace cx = cortexpr;
using Net = cx::Network<cx::Input<784>, cx::Dense<10>>;
float train(Net& network, const cx::Tensor<float, cx::Shape<60, 784>>& inputs, const std::array<float, 60>& labels) {
  cx::Trainer trainer{network, cx::SoftmaxCrossEntropy{}, cx::Sgd{}, cx::batch_size<60>};
  return trainer.step(inputs, labels);
}

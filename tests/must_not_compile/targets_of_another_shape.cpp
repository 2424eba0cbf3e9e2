// expect-error: Trainer::step: the targets must be a Tensor<T, Shape<batch, output...>>, or class indices
#include <cortexpr/nn/network.hpp>
#include <cortexpr/train/trainer.hpp>
namespace cx = cortexpr;
using Net = cx::Network<cx::Input<784>, cx::Dense<10>>;
float train(Net& network, const cx::Tensor<float, cx::Shape<60, 784>>& inputs,
            const cx::Tensor<float, cx::Shape<60, 9>>& targets) {
  cx::Trainer trainer{network, cx::SoftmaxCrossEntropy{}, cx::Sgd{}, cx::batch_size<60>};
  return trainer.step(inputs, targets);
}

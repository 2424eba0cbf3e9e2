// expect-error: Trainer::step: the inputs must be a Tensor<T, Shape<batch, input...>>
#include <cortexpr/nn/network.hpp>
#include <cortexpr/train/trainer.hpp>
namespace cx = cortexpr;
using Net = cx::Network<cx::Input<784>, cx::Dense<10>>;
float train(Net& network, const cx::Tensor<float, cx::Shape<60, 783>>& inputs,
            const cx::Tensor<float, cx::Shape<60, 10>>& targets) {
  cx::Trainer trainer{network, cx::SoftmaxCrossEntropy{}, cx::Sgd{}, cx::batch_size<60>};
  return trainer.step(inputs, targets);
}

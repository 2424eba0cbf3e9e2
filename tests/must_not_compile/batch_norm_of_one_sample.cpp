// expect-error: Trainer: BatchNorm takes the variance of a batch, so that a batch, or a micro-batch, must have two
#include <cortexpr/nn/network.hpp>
#include <cortexpr/train/trainer.hpp>
namespace cx = cortexpr;
using Net = cx::Network<cx::Input<4>, cx::Residual<cx::Dense<4>, cx::BatchNorm<>>, cx::Dense<3>>;
void train(Net& network) { cx::Trainer trainer{network, cx::SoftmaxCrossEntropy{}, cx::Sgd{}, cx::batch_size<8, 1>}; }

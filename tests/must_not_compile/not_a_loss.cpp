// expect-error: Trainer: the second argument must be a loss, as train/loss.hpp describes it; the optimizer comes third
#include <cortexpr/nn/network.hpp>
#include <cortexpr/train/trainer.hpp>
namespace cx = cortexpr;
using Net = cx::Network<cx::Input<4>, cx::Dense<3>>;
void train(Net& network) { cx::Trainer trainer{network, cx::Sgd{}, cx::SoftmaxCrossEntropy{}, cx::batch_size<60>}; }

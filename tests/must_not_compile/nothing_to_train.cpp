// expect-error: Trainer: the network has no parameters; there is nothing to train
#include <cortexpr/nn/network.hpp>
#include <cortexpr/train/trainer.hpp>
namespace cx = cortexpr;
using Net = cx::Network<cx::Input<10>, cx::Activation<cx::Softmax>>;
void train(Net& network) { cx::Trainer trainer{network, cx::KullbackLeibler{}, cx::Sgd{}, cx::batch_size<60>}; }

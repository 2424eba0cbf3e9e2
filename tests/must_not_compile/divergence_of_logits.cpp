// expect-error: KullbackLeibler: the outputs must be probabilities; end the last layer with Softmax
// expect-error: MismatchAtLayer<0, cortexpr::Dense<3
#include <cortexpr/nn/network.hpp>
#include <cortexpr/train/trainer.hpp>
namespace cx = cortexpr;
using Net = cx::Network<cx::Input<4>, cx::Dense<3>>;
void train(Net& network) { cx::Trainer trainer{network, cx::KullbackLeibler{}, cx::Sgd{}, cx::batch_size<60>}; }

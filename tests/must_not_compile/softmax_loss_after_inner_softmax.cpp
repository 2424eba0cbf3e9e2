// expect-error: SoftmaxCrossEntropy: the outputs must be logits; leave out the Softmax of the last layer
// expect-error: MismatchAtLayer<1, cortexpr::Sequential<
#include <cortexpr/nn/network.hpp>
#include <cortexpr/train/trainer.hpp>
namespace cx = cortexpr;
using Net = cx::Network<cx::Input<4>, cx::Dense<8, cx::Tanh>, cx::Sequential<cx::Dense<3, cx::Softmax>>>;
void train(Net& network) { cx::Trainer trainer{network, cx::SoftmaxCrossEntropy{}, cx::Sgd{}, cx::batch_size<60>}; }

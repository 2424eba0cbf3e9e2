// expect-error: SoftmaxCrossEntropy: the outputs must be logits; leave out the Softmax of the last layer
// expect-error: MismatchAtLayer<0, cortexpr::Dense<3, cortexpr::Softmax
#include <cortexpr/nn/network.hpp>
#include <cortexpr/train/trainer.hpp>
namespace cx = cortexpr;
using Net = cx::Network<cx::Input<4>, cx::Dense<3, cx::Softmax>, cx::Dropout<0.5f>, cx::Flatten>;
void train(Net& network) { cx::Trainer trainer{network, cx::SoftmaxCrossEntropy{}, cx::Sgd{}, cx::batch_size<60>}; }

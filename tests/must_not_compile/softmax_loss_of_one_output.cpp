// expect-error: SoftmaxCrossEntropy: there must be two outputs or more; for a single one take BinaryCrossEntropy
// expect-error: MismatchAtLayer<1, cortexpr::Dense<1>, cortexpr::Expected<cortexpr::SoftmaxCrossEntropy>, cortexpr::Got<cortexpr::Shape<1>
#include <cortexpr/nn/network.hpp>
#include <cortexpr/train/trainer.hpp>
namespace cx = cortexpr;
using Net = cx::Network<cx::Input<4>, cx::Dense<8, cx::Tanh>, cx::Dense<1>>;
void train(Net& network) { cx::Trainer trainer{network, cx::SoftmaxCrossEntropy{}, cx::Sgd{}, cx::batch_size<60>}; }

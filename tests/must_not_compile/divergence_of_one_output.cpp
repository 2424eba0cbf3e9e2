// expect-error: KullbackLeibler: there must be two outputs or more; for a single one take BinaryCrossEntropy
// expect-error: MismatchAtLayer<0, cortexpr::Dense<1, cortexpr::Sigmoid
#include <cortexpr/nn/network.hpp>
#include <cortexpr/train/trainer.hpp>
namespace cx = cortexpr;
using Net = cx::Network<cx::Input<4>, cx::Dense<1, cx::Sigmoid>>;
void train(Net& network) { cx::Trainer trainer{network, cx::KullbackLeibler{}, cx::Sgd{}, cx::batch_size<60>}; }

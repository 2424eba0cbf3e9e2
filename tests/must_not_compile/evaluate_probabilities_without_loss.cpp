// expect-error: SoftmaxCrossEntropy: the outputs must be logits; leave out the Softmax of the last layer
#include <cortexpr/data/dataset.hpp>
#include <cortexpr/nn/network.hpp>
#include <cortexpr/train/metrics.hpp>
namespace cx = cortexpr;
using Net = cx::Network<cx::Input<4>, cx::Dense<3, cx::Softmax>>;
double loss(const Net& network, const cx::ClassificationSet& data) { return cx::evaluate(network, data).loss; }

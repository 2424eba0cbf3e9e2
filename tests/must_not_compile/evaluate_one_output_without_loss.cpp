// expect-error: SoftmaxCrossEntropy: there must be two outputs or more; for a single one take BinaryCrossEntropy
#include <cortexpr/data/dataset.hpp>
#include <cortexpr/nn/network.hpp>
#include <cortexpr/train/metrics.hpp>
namespace cx = cortexpr;
using Net = cx::Network<cx::Input<4>, cx::Dense<1>>;
double loss(const Net& network, const cx::RegressionSet& data) {
  return cx::evaluate(network, data, cx::EvaluateOptions{}).loss;
}

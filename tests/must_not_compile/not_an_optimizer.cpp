// expect-error: Trainer: the third argument must be an optimizer, as train/optimizer.hpp describes it; the batch size comes fourth
#include <cortexpr/nn/network.hpp>
#include <cortexpr/train/trainer.hpp>
namespace cx = cortexpr;
struct NotAnOptimizer {};
using Net = cx::Network<cx::Input<4>, cx::Dense<3>>;
void train(Net& network) {
  cx::Trainer trainer{network, cx::SoftmaxCrossEntropy{}, NotAnOptimizer{}, cx::batch_size<60>};
}

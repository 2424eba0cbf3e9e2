// expect-error: Callback: the callable must fit into 64 bytes; let it refer to what it uses
#include <cortexpr/nn/network.hpp>
#include <cortexpr/train/trainer.hpp>
namespace cx = cortexpr;
using Net = cx::Network<cx::Input<784>, cx::Dense<10>>;
struct Large {
  char kept[65];
  void operator()(const cx::EpochReport&) {}
};
void listen(cx::Trainer<Net, cx::SoftmaxCrossEntropy, cx::Sgd<>, 60>& trainer) { trainer.on_epoch(Large{}); }

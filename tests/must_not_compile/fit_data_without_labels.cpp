// expect-error: Data set: the samples must have labels or targets
#include <cortexpr/nn/network.hpp>
#include <cortexpr/train/fit.hpp>
#include <cstddef>
#include <cstdint>
namespace cx = cortexpr;
struct Unlabelled {
  std::size_t size() const { return 8; }
  std::size_t sample_size() const { return 4; }
  void gather(std::size_t, std::uint64_t, float*) const {}
};
using Net = cx::Network<cx::Input<4>, cx::Dense<3>>;
cx::History train(cx::Trainer<Net, cx::SoftmaxCrossEntropy, cx::Sgd<>, 8>& trainer) {
  return trainer.fit(Unlabelled{}, Unlabelled{}, {});
}

// expect-error: Data set: size(), sample_size() and gather(sample, epoch, out) must be const members
#include <cortexpr/nn/network.hpp>
#include <cortexpr/train/metrics.hpp>
#include <cstddef>
#include <cstdint>
namespace cx = cortexpr;
struct Reading {
  std::size_t size() const { return 8; }
  std::size_t sample_size() const { return 4; }
  void gather(std::size_t, std::uint64_t, float*) {}
  std::uint32_t label(std::size_t) const { return 0; }
};
using Net = cx::Network<cx::Input<4>, cx::Dense<3>>;
double loss(const Net& network) { return cx::evaluate(network, Reading{}).loss; }

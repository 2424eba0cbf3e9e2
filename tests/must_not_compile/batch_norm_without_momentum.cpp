// expect-error: BatchNorm: the momentum must lie in (0, 1]
// expect-error: MismatchAtLayer<1, cortexpr::BatchNorm<
#include <cortexpr/nn/network.hpp>
namespace cx = cortexpr;
using Net = cx::Network<cx::Input<4>, cx::Dense<8>, cx::BatchNorm<0.0>, cx::Dense<3>>;
constexpr auto parameters = Net::parameter_count;

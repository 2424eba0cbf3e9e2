// expect-error: LayerNorm: epsilon must be positive
// expect-error: MismatchAtLayer<1, cortexpr::LayerNorm<
#include <cortexpr/nn/network.hpp>
namespace cx = cortexpr;
using Net = cx::Network<cx::Input<4>, cx::Dense<3>, cx::LayerNorm<0.0>>;
constexpr auto parameters = Net::parameter_count;

// expect-error: LayerNorm: the input must be a vector or a sequence [Steps, F]; for images take GroupNorm<1>
// expect-error: MismatchAtLayer<1, cortexpr::LayerNorm<
#include <cortexpr/nn/network.hpp>
namespace cx = cortexpr;
using Net = cx::Network<cx::Input<2, 4, 4>, cx::Activation<cx::Relu>, cx::LayerNorm<>, cx::Flatten, cx::Dense<3>>;
constexpr auto parameters = Net::parameter_count;

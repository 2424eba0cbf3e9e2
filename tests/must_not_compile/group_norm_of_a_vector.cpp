// expect-error: GroupNorm: the input must be [C, H, W] or [C, Steps]; for a vector take LayerNorm
// expect-error: MismatchAtLayer<1, cortexpr::GroupNorm<2
#include <cortexpr/nn/network.hpp>
namespace cx = cortexpr;
using Net = cx::Network<cx::Input<4>, cx::Dense<8>, cx::GroupNorm<2>, cx::Dense<3>>;
constexpr auto parameters = Net::parameter_count;

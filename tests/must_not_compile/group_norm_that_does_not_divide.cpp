// expect-error: GroupNorm: the groups must divide the channels
// expect-error: MismatchAtLayer<1, cortexpr::GroupNorm<4
#include <cortexpr/nn/network.hpp>
namespace cx = cortexpr;
using Net = cx::Network<cx::Input<1, 8, 8>, cx::Conv2D<6, 3>, cx::GroupNorm<4>, cx::Flatten, cx::Dense<3>>;
constexpr auto parameters = Net::parameter_count;

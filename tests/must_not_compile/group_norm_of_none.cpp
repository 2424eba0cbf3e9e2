// expect-error: GroupNorm: the groups must divide the channels
// expect-error: MismatchAtLayer<0, cortexpr::GroupNorm<0
#include <cortexpr/nn/network.hpp>
namespace cx = cortexpr;
using Net = cx::Network<cx::Input<2, 8>, cx::GroupNorm<0>, cx::Flatten, cx::Dense<3>>;
constexpr auto parameters = Net::parameter_count;

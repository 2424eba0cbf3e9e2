// expect-error: RmsNorm: the input must be a vector or a sequence [Steps, F]; for images take GroupNorm<1>
// expect-error: MismatchAtLayer<0, cortexpr::RmsNorm<
#include <cortexpr/nn/network.hpp>
namespace cx = cortexpr;
using Net = cx::Network<cx::Input<2, 4, 4>, cx::RmsNorm<>, cx::Flatten, cx::Dense<3>>;
constexpr auto parameters = Net::parameter_count;

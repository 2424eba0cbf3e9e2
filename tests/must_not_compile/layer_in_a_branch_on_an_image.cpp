// expect-error: Dense: the input must be one vector per sample; put Flatten before it
// expect-error: MismatchAtLayer<1, cortexpr::Residual<
#include <cortexpr/nn/network.hpp>
namespace cx = cortexpr;
using Net = cx::Network<cx::Input<1, 8, 8>, cx::Conv2D<1, 1>, cx::Residual<cx::Conv2D<1, 1>, cx::Dense<4>>>;
constexpr auto parameters = Net::parameter_count;

// expect-error: Residual: the layers must give the shape of what they are added to; begin with Projection
// expect-error: MismatchAtLayer<1, cortexpr::Residual<
#include <cortexpr/nn/network.hpp>
namespace cx = cortexpr;
using Net = cx::Network<cx::Input<8>, cx::Dense<4>, cx::Residual<cx::Dense<5>>>;
constexpr auto parameters = Net::parameter_count;

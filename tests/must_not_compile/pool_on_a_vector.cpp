// expect-error: AvgPool2D: the input must be an image [C, H, W]; put Reshape before it
// expect-error: MismatchAtLayer<0, cortexpr::AvgPool2D<
#include <cortexpr/nn/network.hpp>
namespace cx = cortexpr;
using Net = cx::Network<cx::Input<4>, cx::AvgPool2D<2>>;
constexpr auto parameters = Net::parameter_count;

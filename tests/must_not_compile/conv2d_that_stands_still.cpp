// expect-error: Conv2D: kernel, stride and dilation must be at least 1
// expect-error: MismatchAtLayer<0, cortexpr::Conv2D<8,
#include <cortexpr/nn/network.hpp>
namespace cx = cortexpr;
using Net = cx::Network<cx::Input<1, 28, 28>, cx::Conv2D<8, 3, cx::Stride<0>>>;
constexpr auto parameters = Net::parameter_count;

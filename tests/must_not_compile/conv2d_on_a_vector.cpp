// expect-error: Conv2D: the input must be an image [C, H, W]; put Reshape before it
// expect-error: MismatchAtLayer<1, cortexpr::Conv2D<8,
#include <cortexpr/nn/network.hpp>
namespace cx = cortexpr;
using Net = cx::Network<cx::Input<1, 28, 28>, cx::Flatten, cx::Conv2D<8, 3>>;
constexpr auto parameters = Net::parameter_count;

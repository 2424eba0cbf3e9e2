// expect-error: Conv2D: the groups must divide the channels and the filters
// expect-error: MismatchAtLayer<1, cortexpr::Conv2D<8,
#include <cortexpr/nn/network.hpp>
namespace cx = cortexpr;
using Net = cx::Network<cx::Input<1, 28, 28>, cx::Conv2D<6, 3>, cx::Conv2D<8, 3, cx::Groups<4>>>;
constexpr auto parameters = Net::parameter_count;

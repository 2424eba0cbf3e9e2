// expect-error: Conv2D: after the kernel come an activation, an initializer, Stride, Valid, Same or Padding, Dilation and Groups, each at most once
#include <cortexpr/nn/network.hpp>
namespace cx = cortexpr;
using Net = cx::Network<cx::Input<1, 28, 28>, cx::Conv2D<6, 3, cx::Same, cx::Valid>>;
constexpr auto parameters = Net::parameter_count;

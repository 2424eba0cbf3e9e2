// expect-error: Conv2D: the kernel must not be larger than the padded input; take a smaller kernel, or Same
// expect-error: MismatchAtLayer<0, cortexpr::Conv2D<8,
#include <cortexpr/nn/network.hpp>
namespace cx = cortexpr;
using Net = cx::Network<cx::Input<1, 4, 8>, cx::Conv2D<8, 5>, cx::Flatten, cx::Dense<10>>;
constexpr auto parameters = Net::parameter_count;

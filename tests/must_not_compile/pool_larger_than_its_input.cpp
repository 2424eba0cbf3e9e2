// expect-error: MaxPool2D: the kernel must not be larger than the padded input; take a smaller kernel, or Same
// expect-error: MismatchAtLayer<0, cortexpr::MaxPool2D<
#include <cortexpr/nn/network.hpp>
namespace cx = cortexpr;
using Net = cx::Network<cx::Input<1, 2, 2>, cx::MaxPool2D<3>, cx::Flatten, cx::Dense<10>>;
constexpr auto parameters = Net::parameter_count;

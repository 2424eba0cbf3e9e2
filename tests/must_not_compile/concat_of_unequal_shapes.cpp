// expect-error: Concat: the branches must give shapes that are equal but for the first extent
// expect-error: MismatchAtLayer<0, cortexpr::Concat<
#include <cortexpr/nn/network.hpp>
namespace cx = cortexpr;
using Net = cx::Network<cx::Input<1, 8, 8>, cx::Concat<cx::Conv2D<2, 3>, cx::Conv2D<2, 5>>>;
constexpr auto parameters = Net::parameter_count;

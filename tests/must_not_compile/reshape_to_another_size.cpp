// expect-error: Reshape: the number of elements must stay the same; correct the extents
// expect-error: MismatchAtLayer<0, cortexpr::Reshape<3, 2>, cortexpr::Expected<cortexpr::AnyInput>, cortexpr::Got<cortexpr::Shape<5>
#include <cortexpr/nn/network.hpp>
namespace cx = cortexpr;
using Net = cx::Network<cx::Input<5>, cx::Reshape<3, 2>>;
constexpr auto parameters = Net::parameter_count;

// expect-error: Permute: each axis of the sample must be named once, counted from 0; the batch is no axis
// expect-error: MismatchAtLayer<0, cortexpr::Permute<0, 0>, cortexpr::Expected<cortexpr::AnyInput>, cortexpr::Got<cortexpr::Shape<5, 4>
#include <cortexpr/nn/network.hpp>
namespace cx = cortexpr;
using Net = cx::Network<cx::Input<5, 4>, cx::Permute<0, 0>>;
constexpr auto parameters = Net::parameter_count;

// expect-error: Conv1D: the input must be a sequence [C, Steps]; put Reshape before it
// expect-error: MismatchAtLayer<0, cortexpr::Conv1D<6, 3>, cortexpr::Expected<cortexpr::Sequence>, cortexpr::Got<cortexpr::Shape<1, 28, 28>
#include <cortexpr/nn/network.hpp>
namespace cx = cortexpr;
using Net = cx::Network<cx::Input<1, 28, 28>, cx::Conv1D<6, 3>>;
constexpr auto parameters = Net::parameter_count;

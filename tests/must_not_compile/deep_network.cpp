// expect-error: Dense: the input must be one vector per sample; put Flatten before it
// expect-error: MismatchAtLayer<14, cortexpr::Dense<10>, cortexpr::Expected<cortexpr::Vector>, cortexpr::Got<cortexpr::Shape<1, 28, 28>
#include <cortexpr/nn/network.hpp>
namespace cx = cortexpr;
using A = cx::Activation<cx::Relu>;
using Net = cx::Network<cx::Input<1, 28, 28>, A, A, A, A, A, A, A, A, A, A, A, A, A, A, cx::Dense<10>>;
constexpr auto parameters = Net::parameter_count;

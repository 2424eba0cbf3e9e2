// expect-error: Embedding: the input must be one vector of class indices per sample; put Flatten before it
// expect-error: MismatchAtLayer<0, cortexpr::Embedding<10, 4
#include <cortexpr/nn/network.hpp>
namespace cx = cortexpr;
using Net = cx::Network<cx::Input<2, 5>, cx::Embedding<10, 4>, cx::Flatten, cx::Dense<3>>;
constexpr auto parameters = Net::parameter_count;

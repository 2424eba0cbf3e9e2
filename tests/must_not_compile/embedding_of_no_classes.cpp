// expect-error: Embedding: there must be at least one class and one dimension
// expect-error: MismatchAtLayer<0, cortexpr::Embedding<0, 4
#include <cortexpr/nn/network.hpp>
namespace cx = cortexpr;
using Net = cx::Network<cx::Input<5>, cx::Embedding<0, 4>, cx::Flatten, cx::Dense<3>>;
constexpr auto parameters = Net::parameter_count;

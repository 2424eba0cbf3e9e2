// expect-error: Network: every element of a branch must be a layer
// expect-error: MismatchAtLayer<0, cortexpr::Parallel<
#include <cortexpr/nn/network.hpp>
namespace cx = cortexpr;
using Net = cx::Network<cx::Input<8>, cx::Parallel<cx::Dense<8>, int>>;
constexpr auto parameters = Net::parameter_count;

// expect-error: Parallel: all branches must give the same shape
// expect-error: MismatchAtLayer<1, cortexpr::Parallel<
#include <cortexpr/nn/network.hpp>
namespace cx = cortexpr;
using Net = cx::Network<cx::Input<8>, cx::Dense<4>, cx::Parallel<cx::Dense<5>, cx::Dense<6>>>;
constexpr auto parameters = Net::parameter_count;

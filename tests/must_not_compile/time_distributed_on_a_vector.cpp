// expect-error: TimeDistributed: the input must be a sequence [Steps, F]; put Reshape before it
// expect-error: MismatchAtLayer<0, cortexpr::TimeDistributed<
#include <cortexpr/nn/network.hpp>
namespace cx = cortexpr;
using Net = cx::Network<cx::Input<5>, cx::TimeDistributed<cx::Dense<8>>>;
constexpr auto parameters = Net::parameter_count;

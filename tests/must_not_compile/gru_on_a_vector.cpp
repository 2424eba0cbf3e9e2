// expect-error: Gru: the input must be a sequence [Steps, F]; put Reshape before it, or Permute<1, 0> after a Conv1D
// expect-error: MismatchAtLayer<1, cortexpr::Gru<8>, cortexpr::Expected<cortexpr::Sequence>, cortexpr::Got<cortexpr::Shape<16>
#include <cortexpr/nn/network.hpp>
namespace cx = cortexpr;
using Net = cx::Network<cx::Input<16>, cx::Activation<cx::Relu>, cx::Gru<8>, cx::Dense<10>>;
constexpr auto parameters = Net::parameter_count;

// expect-error: MultiHeadAttention: the input must be a sequence [Steps, F]
// expect-error: MismatchAtLayer<1, cortexpr::MultiHeadAttention<2>
#include <cortexpr/nn/network.hpp>
namespace cx = cortexpr;
using Net = cx::Network<cx::Input<5>, cx::Dense<8>, cx::MultiHeadAttention<2>>;
constexpr auto parameters = Net::parameter_count;

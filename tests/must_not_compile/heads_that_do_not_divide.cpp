// expect-error: MultiHeadAttention: the heads must divide the features of a step
// expect-error: MismatchAtLayer<0, cortexpr::MultiHeadAttention<3>
#include <cortexpr/nn/network.hpp>
namespace cx = cortexpr;
using Net = cx::Network<cx::Input<5, 8>, cx::MultiHeadAttention<3>>;
constexpr auto parameters = Net::parameter_count;

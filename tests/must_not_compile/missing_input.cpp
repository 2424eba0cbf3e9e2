// expect-error: Network: the first element must be Input<...>, the shape of one sample
#include <cortexpr/nn/network.hpp>
namespace cx = cortexpr;
constexpr auto parameters = cx::Network<cx::Dense<89, cx::Tanh>, cx::Dense<10>>::parameter_count;

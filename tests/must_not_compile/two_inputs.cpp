// expect-error: Network: there must be one Input, and it must come first
// expect-error: CheckElement<1, cortexpr::Input<89
#include <cortexpr/nn/network.hpp>
namespace cx = cortexpr;
constexpr auto parameters = cx::Network<cx::Input<784>, cx::Dense<89>, cx::Input<89>, cx::Dense<10>>::parameter_count;

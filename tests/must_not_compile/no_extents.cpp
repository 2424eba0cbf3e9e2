// expect-error: Input: a sample must have at least one extent, as in Input<784>
#include <cortexpr/nn/network.hpp>
cortexpr::Network<cortexpr::Input<>, cortexpr::Dense<10>> network;

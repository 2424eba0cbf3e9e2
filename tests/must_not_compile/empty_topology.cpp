// expect-error: Network: the topology is empty; begin with Input<...>
#include <cortexpr/nn/network.hpp>
cortexpr::Network<> network;

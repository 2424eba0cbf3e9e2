// expect-error: Network: there must be at least one layer after Input
#include <cortexpr/nn/network.hpp>
cortexpr::Network<cortexpr::Input<784>> network;

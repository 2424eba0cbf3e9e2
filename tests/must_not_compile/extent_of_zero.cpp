// expect-error: Shape: every extent must be at least 1
#include <cortexpr/nn/network.hpp>
cortexpr::Network<cortexpr::Input<28, 0>, cortexpr::Flatten, cortexpr::Dense<10>> network;

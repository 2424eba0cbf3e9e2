// expect-error: LeakyRelu: the slope must lie in [0, 1)
#include <cortexpr/nn/network.hpp>
namespace cx = cortexpr;
cx::Network<cx::Input<784>, cx::Dense<10, cx::LeakyRelu<1.5f>>> network;

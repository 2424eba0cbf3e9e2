// expect-error: Normal: the standard deviation must be positive
#include <cortexpr/nn/network.hpp>
namespace cx = cortexpr;
cx::Network<cx::Input<784>, cx::Dense<10, cx::Tanh, cx::Normal<0.0f>>> network;

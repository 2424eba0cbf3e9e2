// expect-error: Dense: there must be at least one unit
#include <cortexpr/nn/network.hpp>
namespace cx = cortexpr;
cx::Network<cx::Input<784>, cx::Dense<0>, cx::Dense<10>> network;

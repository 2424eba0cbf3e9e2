// expect-error: AnyInitializer
#include <cortexpr/nn/network.hpp>
namespace cx = cortexpr;
cx::Network<cx::Input<784>, cx::Dense<10, cx::Tanh, cx::Relu>> network;

// expect-error: AnyActivation
// expect-error: GlorotNormal
#include <cortexpr/nn/network.hpp>
namespace cx = cortexpr;
cx::Network<cx::Input<784>, cx::Dense<10, cx::GlorotNormal>> network;

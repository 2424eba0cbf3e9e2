// expect-error: Network: every element after Input must be a layer, as nn/layer.hpp describes it
// expect-error: CheckElement<1, cortexpr::Relu,
#include <cortexpr/nn/network.hpp>
namespace cx = cortexpr;
cx::Network<cx::Input<784>, cx::Dense<89>, cx::Relu, cx::Dense<10>> network;

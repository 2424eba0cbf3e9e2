// expect-error: Network: every element after Input must be a layer, as nn/layer.hpp describes it
// expect-error: CheckElement<0, NoLayer,
#include <cortexpr/nn/network.hpp>
namespace cx = cortexpr;
struct NoLayer {};
cx::Network<cx::Input<784>, NoLayer, cx::Dense<10>> network;

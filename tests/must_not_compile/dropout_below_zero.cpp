// expect-error: Dropout: the probability of dropping must lie in [0, 1)
// expect-error: MismatchAtLayer<0, cortexpr::Dropout<
#include <cortexpr/nn/network.hpp>
namespace cx = cortexpr;
cx::Network<cx::Input<784>, cx::Dropout<-0.1f>, cx::Dense<10>> network;

// expect-error: Gru: after the units come ReturnSequences, ResetBefore, an initializer and RecurrentInitializer, each at most once
#include <cortexpr/nn/network.hpp>
namespace cx = cortexpr;
cx::Network<cx::Input<5, 3>, cx::Gru<8, cx::Relu>> network;

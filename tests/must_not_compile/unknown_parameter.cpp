// expect-error: Network::parameter: there is no parameter of this name; names are
#include <cortexpr/nn/network.hpp>
namespace cx = cortexpr;
cx::Network<cx::Input<784>, cx::Dense<10>> network;
auto weight = network.parameter<"1.weight">();

// expect-error: cost: the network must have this layer; the first after Input is 0
#include <cortexpr/nn/network.hpp>
#include <cortexpr/nn/report/cost.hpp>
namespace cx = cortexpr;
using Net = cx::Network<cx::Input<784>, cx::Dense<10>>;
constexpr auto macs = cx::cost<Net, 1>::macs;

// expect-error: Quantized: there must be a layer that calculates
#include <cortexpr/quantize/int8/quantized_network.hpp>
namespace cx = cortexpr;
constexpr auto bytes = sizeof(cx::Quantized<cx::Network<cx::Input<1, 2, 2>, cx::Flatten>>);

// expect-error: Quantized: this layer has no form in 8 bits; end in logits, and keep to
// expect-error: NoInt8Layer<1, cortexpr::Gru<4
#include <cortexpr/quantize/int8/quantized_network.hpp>
namespace cx = cortexpr;
using Net = cx::Network<cx::Input<4, 2>, cx::Activation<cx::Relu>, cx::Gru<4>, cx::Dense<1>>;
constexpr auto bytes = sizeof(cx::Quantized<Net>);

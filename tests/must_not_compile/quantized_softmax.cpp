// expect-error: Quantized: this layer has no form in 8 bits; end in logits
// expect-error: NoInt8Layer<1, cortexpr::Activation<cortexpr::Softmax
#include <cortexpr/quantize/int8/quantized_network.hpp>
namespace cx = cortexpr;
constexpr auto bytes = sizeof(cx::Quantized<cx::Network<cx::Input<4>, cx::Dense<3, cx::Softmax>>>);

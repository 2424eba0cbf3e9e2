// expect-error: Quantized: this layer has no form in 8 bits; end in logits, and keep to
// expect-error: NoInt8Layer<1, cortexpr::LayerNorm
#include <cortexpr/quantize/qat/quantization_aware.hpp>
namespace cx = cortexpr;
using Net = cx::Network<cx::Input<8>, cx::Dense<4>, cx::LayerNorm<>, cx::Dense<2>>;
cx::QuantizationAware<Net> aware;

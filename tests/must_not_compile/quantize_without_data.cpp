// expect-error: quantize: the ranges of outputs must come from data; give calibration data, or a quantization-aware network
#include <cortexpr/quantize/qat/calibration_aware.hpp>
namespace cx = cortexpr;
using Net = cx::Network<cx::Input<8>, cx::Dense<2>>;
auto quantized(const Net& network) { return cx::quantize(network); }

// expect-error: quantize: a quantization-aware network brings its own ranges; call it without calibration data
#include <cortexpr/data/dataset.hpp>
#include <cortexpr/quantize/qat/calibration_aware.hpp>
namespace cx = cortexpr;
using Net = cx::Network<cx::Input<8>, cx::Dense<2>>;
auto quantized(const cx::QuantizationAware<Net>& aware, const cx::ClassificationSet& data) {
  return cx::quantize(aware, data);
}

// expect-error: Quantized: an inference must take less than stack_limit on the stack; call classify(bytes, workspace)
#include <cstddef>
#define CORTEXPR_HEAP 0
#include <cortexpr/quantize/int8/quantized_network.hpp>

namespace cx = cortexpr;

using Large = cx::Network<cx::Input<1, 160, 160>, cx::Conv2D<4, 3>, cx::GlobalAvgPool>;

std::size_t class_of(const cx::Quantized<Large>& network, const Large::InputTensor& image) {
  return network.classify(image);
}

// expect-error: Network: an inference must take less than stack_limit on the stack; call network(input, workspace)
#include <cstddef>
#define CORTEXPR_HEAP 0
#include <cortexpr/nn/network.hpp>

namespace cx = cortexpr;

using Large = cx::Network<cx::Input<1, 160, 160>, cx::Conv2D<4, 3>, cx::GlobalAvgPool>;

float first_output(const Large& network, const Large::InputTensor& image) { return network(image)[0]; }

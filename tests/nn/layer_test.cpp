// Each layer's file checks that it lacks nothing; here it does so.
#define CORTEXPR_CHECK_LAYERS

#include <cortexpr/nn/layers.hpp>
#include <cortexpr/quantize/qat/fake_quantized.hpp>
#include <cortexpr/quantize/qat/fake_quantized_input.hpp>

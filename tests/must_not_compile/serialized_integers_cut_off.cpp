// expect-error: deserialize: there must be as many integers as the network has; the header is cut off, or of another network; write it again
#include <cortexpr/quantize/int8/quantized_network.hpp>
#include <cortexpr/quantize/int8/quantized_serialize.hpp>
namespace cx = cortexpr;
inline constexpr int integers[] = {1065353216, 0, 1065353216, 0, 1, 2, 3, 4, 1, 0, 0, -128, 127};
inline constexpr signed char weights[] = "1234";
constexpr auto network = cx::deserialize<cx::Quantized<cx::Network<cx::Input<2>, cx::Dense<2>>>>(integers, weights);

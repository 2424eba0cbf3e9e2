// expect-error: a_serialized_integer_is_out_of_bounds
#include <cortexpr/quantize/int8/quantized_network.hpp>
namespace cx = cortexpr;
inline constexpr int parameters[] = {1065353216, 0, 1065353216, 0, 1, 2, 3, 400, 0, 5, 6, 7, 8, 0, 0, -128, 127};
constexpr auto network = cx::deserialize<cx::Quantized<cx::Network<cx::Input<2>, cx::Dense<2>>>>(parameters);

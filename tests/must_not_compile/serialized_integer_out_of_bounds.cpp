// expect-error: a_serialized_integer_is_out_of_bounds
#include <cortexpr/quantize/int8/quantized_network.hpp>
#include <cortexpr/quantize/int8/quantized_serialize.hpp>
namespace cx = cortexpr;
using Small = cx::Quantized<cx::Network<cx::Input<2>, cx::Dense<2>>>;
inline constexpr int integers[] = {1065353216, 0, 1065353216, 0, 1065353216, 0, 1065353216, 0,  1,
                                   -2,         3, 4,          5, 0,          0, -128,       127};
inline constexpr signed char weights[sizeof(cx::detail::PackedArraysOf<Small::packed_weights>::type)]{};
constexpr auto network = cx::deserialize<Small>(integers, weights);

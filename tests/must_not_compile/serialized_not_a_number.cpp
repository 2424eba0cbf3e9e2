// expect-error: a_serialized_parameter_is_not_a_finite_number
#include <cortexpr/nn/serialize.hpp>
namespace cx = cortexpr;
inline constexpr float parameters[] = {1, 2, 3, 4, 5, __builtin_nanf("")};
constexpr auto network = cx::deserialize<cx::Network<cx::Input<2>, cx::Dense<2>>>(parameters);

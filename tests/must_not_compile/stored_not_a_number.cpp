// expect-error: a_stored_parameter_is_not_a_finite_number
#include <cortexpr/nn/stored.hpp>
namespace cx = cortexpr;
inline constexpr float parameters[] = {1, 2, 3, 4, 5, __builtin_nanf("")};
constexpr auto network = cx::from_stored<cx::Network<cx::Input<2>, cx::Dense<2>>>(parameters);

// expect-error: join: the second network must take what the first gives; compare output_shape and input_shape
#include <cortexpr/nn/transform/split_and_join.hpp>
namespace cx = cortexpr;
constexpr auto network = cx::join(cx::Network<cx::Input<5>, cx::Dense<3>>{}, cx::Network<cx::Input<4>, cx::Dense<2>>{});

// expect-error: Body, Head: a layer must remain on each side; the number of the body's layers is 1 to layer_count - 1
#include <cortexpr/nn/transform/split_and_join.hpp>
namespace cx = cortexpr;
using Last = cx::Head<cx::Network<cx::Input<5>, cx::Dense<3>>, 1>;
constexpr auto parameters = Last::parameter_count;

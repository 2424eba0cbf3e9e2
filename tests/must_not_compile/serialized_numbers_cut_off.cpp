// expect-error: deserialize: there must be as many numbers as the network has parameters; the header is cut off, or of another network; write it again
#include <cortexpr/nn/serialize.hpp>
namespace cx = cortexpr;
inline constexpr struct {
  cx::detail::SerializedArray<float, 2, 2> weight;
} parameters = {{{1, 2}, {3, 4}}};
constexpr auto network = cx::deserialize<cx::Network<cx::Input<2>, cx::Dense<2>>>(parameters);

// expect-error: Shape<784
// expect-error: 783>
#include <cortexpr/nn/network.hpp>
namespace cx = cortexpr;
using Net = cx::Network<cx::Input<784>, cx::Dense<10>>;
auto infer(const Net& network, const cx::Tensor<float, cx::Shape<783>>& image) { return network(image); }

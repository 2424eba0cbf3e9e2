// expect-error: fold_pixel_scale: the first layer must be Dense or a convolution
#include <cortexpr/nn/transform/fold_pixel_scale.hpp>
namespace cx = cortexpr;
using Net = cx::Network<cx::Input<3>, cx::Activation<cx::Relu>, cx::Dense<2>>;
constexpr auto folded = cx::fold_pixel_scale(Net{}, {.factor = 0.01f, .offset = -0.4f});

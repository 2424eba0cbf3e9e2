// expect-error: fold_pixel_scale: the first layer must not pad, as its zeros are no pixels; take Valid
#include <cortexpr/nn/transform/fold_pixel_scale.hpp>
namespace cx = cortexpr;
using Net = cx::Network<cx::Input<1, 8, 8>, cx::Conv2D<4, 3, cx::Same>>;
constexpr auto folded = cx::fold_pixel_scale(Net{}, {.factor = 0.01f, .offset = -0.4f});

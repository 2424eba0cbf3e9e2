// expect-error: fold_pixel_scale: there must be one scale, or one for each channel of the input
#include <cortexpr/nn/transform/fold_pixel_scale.hpp>
namespace cx = cortexpr;
using Net = cx::Network<cx::Input<2, 8, 8>, cx::Conv2D<4, 3>>;
constexpr auto folded = cx::fold_pixel_scale(Net{}, std::array<cx::PixelScale, 3>{});

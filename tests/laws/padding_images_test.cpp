#include "padding.hpp"

using namespace cortexpr;
template <class LayerType, class In>
using Case = laws::PaddingCase<LayerType, In>;

// Sizes that are not multiples of a pack, and such that rows have padding in every instruction set.

TEST_CASE_TEMPLATE("layers of images write zeros into the padding", One,
                   Case<Conv2D<3, 3, Padding<1>, Relu>, Shape<3, 3, 7>>, Case<Conv2D<3, 2, Stride<2>>, Shape<2, 5, 5>>,
                   Case<DepthwiseConv2D<3, Gelu>, Shape<3, 5, 7>>,
                   Case<TransposedConv2D<3, 2, Stride<2>, Tanh>, Shape<3, 3, 7>>, Case<MaxPool2D<2>, Shape<3, 6, 6>>,
                   Case<MaxPool2D<3, Stride<2>, Padding<1>>, Shape<3, 5, 7>>,
                   Case<AvgPool2D<3, Stride<2>, Padding<1>>, Shape<3, 5, 7>>, Case<GlobalAvgPool, Shape<3, 3, 7>>,
                   Case<Upsample2D<2>, Shape<3, 3, 3>>, Case<ZeroPad2D<1>, Shape<3, 3, 3>>,
                   Case<Permute<2, 0, 1>, Shape<3, 3, 7>>, Case<Dropout<0.5f>, Shape<3, 3, 7>>,
                   Case<Activation<Gelu>, Shape<3, 3, 7>>) {
  One::template check<float>();
}

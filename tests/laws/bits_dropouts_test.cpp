#include <doctest/doctest.h>

#include "bits.hpp"

using namespace bits;

// Networks with several dropouts, trained by AdamW with the decay of all parameters and as it is by default: were two
// masks equal, or the default decay another, no layer alone would show it.

namespace {

template <class... Elements>
void check_defaults(const std::string& name) {
  trained<Network<Elements...>, 4, 4, AdamW<>>(name, AdamW<>{.decays = Decays::all});
  trained<Network<Elements...>, 4, 4, AdamW<>>(name + ".defaults", AdamW<>{});
}

}  // namespace

TEST_CASE("bits: several dropouts, and AdamW's defaults") {
  check_defaults<Input<2, 6, 6>, Conv2D<4, 3, Relu>, Dropout<0.25f>, BatchNorm<>, MaxPool2D<2>, Flatten, Dropout<0.5f>,
                 Dense<3>>("dropouts_image");
  check_defaults<Input<5, 3>, Lstm<4, ReturnSequences>, Dropout<0.25f>, Gru<4, ReturnSequences>, Dropout<0.25f>,
                 MultiHeadAttention<2>, Residual<LayerNorm<>, Dropout<0.25f>>, Flatten, Dense<2>>("dropouts_sequence");
}

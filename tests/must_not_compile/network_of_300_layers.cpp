// expect-success
// Clang accepts fold expressions of 256 operands and gives a constant expression a million steps.
#include <cortexpr/nn/network.hpp>
#include <cortexpr/train/losses.hpp>
#include <cortexpr/train/optimizers.hpp>
#include <cortexpr/train/trainer.hpp>
namespace cx = cortexpr;
template <class... Layers>
struct Repeat {
  template <std::size_t Times>
  static auto network() {
    if constexpr (Times == 1)
      return cx::Network<cx::Input<2>, Layers...>{};
    else
      return Repeat<Layers..., Layers...>::template network<Times / 2>();
  }
};
using Deep = decltype(Repeat<cx::Dense<2, cx::Tanh>, cx::Dense<2>, cx::Dense<2, cx::Relu>, cx::Dense<2, cx::Tanh>,
                             cx::Dense<2>>::network<64>());
static_assert(Deep::layer_count == 320 && Deep::parameter_count == 320 * 6);
using Trainer = cx::Trainer<Deep, cx::MeanSquaredError, cx::Adam<>, 4>;
float train(Trainer& trainer, const Trainer::Inputs<4>& x, const Trainer::Targets<4>& y) { return trainer.step(x, y); }

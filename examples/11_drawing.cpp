// Prints the cost of each layer of a network, and draws its topology.
// usage: 11_drawing [DOT_FILE [SVG_FILE]]

#include <cortexpr/io/dot.hpp>
#include <cortexpr/io/svg.hpp>
#include <cortexpr/nn/network.hpp>
#include <cortexpr/nn/report/summary.hpp>
#include <cortexpr/train/optimizers.hpp>
#include <iostream>

namespace cx = cortexpr;

template <std::size_t Channels>
using Half = cx::Conv2D<Channels, 3, cx::Same, cx::Stride<2>, cx::Relu>;

using Classifier = cx::Network<cx::Input<1, 28, 28>, Half<8>,
                               cx::Residual<cx::Conv2D<8, 3, cx::Same>, cx::BatchNorm<>, cx::Activation<cx::Relu>>,
                               cx::Residual<cx::Projection<cx::Conv2D<16, 1, cx::Stride<2>>>, Half<16>>,
                               cx::Concat<cx::GlobalAvgPool, cx::Sequential<Half<4>, cx::Flatten>>, cx::Dense<10>>;

static_assert(cx::cost<Classifier, 1>::macs < 120'000);          // the layer at index 1, the first Residual
static_assert(cx::cost<Classifier, 2>::ram_bytes <= 28 * 1024);  // RAM while the layer at index 2 runs
static_assert(cx::memory<Classifier>::peak_bytes <= 56 * 1024);  // one inference: weights, activations and scratch
static_assert(cx::memory<Classifier, 32, cx::Adam<>>::peak_bytes <= 2 * 1024 * 1024);  // a training step

int main(int count, char** arguments) try {
  std::cout << cx::summary<Classifier>();
  if (count < 2) {
    cx::write_dot<Classifier>(std::cout);
    return 0;
  }
  cx::write_dot<Classifier>(arguments[1]);                 // dot -Tpng DOT_FILE -o topology.png
  if (count > 2) cx::write_svg<Classifier>(arguments[2]);  // for browsers; the README shows this drawing
  return 0;
} catch (const cx::DataError& error) {
  std::cerr << error.what() << '\n';
  return 1;
}

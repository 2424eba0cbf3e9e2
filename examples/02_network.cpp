// A network is a type. Its shapes, its cost and its memory are compile-time constants.

#include <cortexpr/embedded.hpp>
#include <cortexpr/nn/report/summary.hpp>
#include <cstdio>
#include <type_traits>

namespace cx = cortexpr;

using Classifier = cx::Network<cx::Input<1, 28, 28>,  // [C, H, W]: one grey image
                               cx::Flatten,           // [784]
                               cx::Dense<89, cx::Tanh, cx::GlorotNormal>,
                               cx::Dropout<0.2f>,  // identity at inference
                               cx::Dense<10>>;     // logits

static_assert(std::is_same_v<Classifier::output_shape, cx::Shape<10>>);
static_assert(Classifier::parameter_count == 784 * 89 + 89 + 89 * 10 + 10);
static_assert(Classifier::macs == 784 * 89 + 89 * 10);
static_assert(cx::memory<Classifier>::inference_bytes < 320 * 1024);  // weights, activations and scratch
static_assert(cx::memory<Classifier>::activation_bytes < 1024);       // RAM, if the weights lie in flash

int main() {
  std::printf("%s", cx::summary<Classifier>().c_str());

  auto network = cx::make_static<Classifier>();  // in static memory
  network.initialize(cx::Seed{42});              // the same seed gives the same weights on every target

  const auto weight = network.parameter<"1.weight">();  // a view: 784 rows of 89
  std::printf("\nweight: %zu x %zu, the first is %.4f\n", weight.count, weight.columns, double{weight[0][0]});

  Classifier::InputTensor image{};
  image(0, 14, 14) = 1;  // one white pixel
  const Classifier::OutputTensor logits = network(image);
  std::printf("the untrained network gives %.3f for 0 and %.3f for 1\n", double{logits[0]}, double{logits[1]});
}

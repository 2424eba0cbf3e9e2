// A layer of one's own, which mask_dropout.hpp defines, between two layers of the library.

#include <cortexpr/embedded.hpp>
#include <cstdio>

#include "mask_dropout.hpp"

namespace cx = cortexpr;

using Net = cx::Network<cx::Input<2>, cx::Dense<64, cx::Relu>, MaskDropout<0.8f>, cx::Dense<2>>;

int main() {
  Net network;
  network.initialize(cx::Seed{5});
  cx::Trainer trainer{network, cx::SoftmaxCrossEntropy{}, cx::Adam{.learning_rate = 0.01f}, cx::batch_size<64>};

  const cx::Random random{cx::Seed{6}};
  const auto draw_points = [&](std::size_t step) {
    cx::Tensor<float, cx::Shape<64, 2>> points{};
    for (std::size_t i = 0; i < points.size(); ++i) points[i] = 2 * random.uniform<float>(step * 128 + i) - 1;
    return points;
  };
  for (std::size_t step = 0; step < 1000; ++step) {  // class 1 if the signs are equal
    const auto points = draw_points(step);
    cx::Tensor<unsigned, cx::Shape<64>> labels{};
    for (std::size_t i = 0; i < 64; ++i) labels[i] = points(i, 0) * points(i, 1) > 0;
    const float loss = trainer.step(points, labels);
    if (step % 250 == 249) std::printf("step %4zu: loss %.4f\n", step + 1, double{loss});
  }

  const auto points = draw_points(1000);
  trainer.forward(points);  // runs the layers in training mode
  double kept = 0;          // counted among the units that are not 0 before the layer
  double alive = 0;
  const auto before = trainer.workspace().output<0>(), after = trainer.workspace().output<1>();
  for (std::size_t i = 0; i < before.count * before.columns; ++i) {
    alive += before[0][i] != 0;
    kept += after[0][i] != 0;
  }
  std::printf("in training %.0f %% of the units were kept; at inference all are\n", 100 * kept / alive);
  std::printf("(-0.5, -0.8): class %zu, (-0.5, 0.8): class %zu\n", network.classify({-0.5f, -0.8f}),
              network.classify({-0.5f, 0.8f}));
}

#include <pthread.h>
#include <algorithm>
#include <cortexpr/cortexpr.hpp>
#include <cstdio>
#include <memory>
#include <span>
#include <vector>

// What users write works for large networks on small stacks: the program of the README, with ResNet-8 and batches of 64,
// whose trainer takes 108 MB, and inference of images of 224 x 224. Meson runs it with a stack of 1 MB; it runs a
// second time in a thread of 256 kB. Only what this file declares lies on the stack.

namespace cx = cortexpr;

namespace {

using ReluLayer = cx::Activation<cx::Relu>;
template <std::size_t Filters>
using Half =
    cx::Residual<cx::Projection<cx::Conv2D<Filters, 1, cx::Stride<2>>>, cx::Conv2D<Filters, 3, cx::Same, cx::Stride<2>>,
                 cx::BatchNorm<>, ReluLayer, cx::Conv2D<Filters, 3, cx::Same>, cx::BatchNorm<>>;
using ResNet8 = cx::Network<
    cx::Input<3, 32, 32>, cx::Conv2D<16, 3, cx::Same>, cx::BatchNorm<>, ReluLayer,
    cx::Residual<cx::Conv2D<16, 3, cx::Same>, cx::BatchNorm<>, ReluLayer, cx::Conv2D<16, 3, cx::Same>, cx::BatchNorm<>>,
    ReluLayer, Half<32>, ReluLayer, Half<64>, ReluLayer, cx::GlobalAvgPool, cx::Dense<10>>;
using Photo = cx::Network<cx::Input<3, 224, 224>, cx::Conv2D<16, 3, cx::Relu>, cx::Conv2D<16, 3, cx::Relu>,
                          cx::GlobalAvgPool, cx::Dense<10>>;
static_assert(cx::memory<ResNet8, 64, cx::AdamW<>>::training_bytes > 64'000'000);
static_assert(cx::memory<Photo>::activation_bytes > 4'000'000);

std::vector<float> values(std::size_t count) {
  const cx::Random random{cx::Seed{3}};
  std::vector<float> result(count);
  for (std::size_t i = 0; i < count; ++i) result[i] = random.normal<float>(i);
  return result;
}

bool train_and_infer() {
  constexpr std::size_t samples = 64;
  const std::vector<float> inputs = values(samples * ResNet8::input_shape::size);
  std::vector<std::uint8_t> labels(samples);
  for (std::size_t i = 0; i < samples; ++i) labels[i] = static_cast<std::uint8_t>(i % 10);
  const cx::Dataset data{inputs, labels};

  auto network = cx::make_network<ResNet8>();
  network.initialize(cx::Seed{1});
  cx::Trainer trainer{network, cx::SoftmaxCrossEntropy{}, cx::AdamW{.learning_rate = 1e-3f}, cx::batch_size<64>};
  const cx::History history = trainer.fit(data, data, {.epochs = 1});
  if (!history.ok()) return std::puts(history.message.c_str()), false;
  const cx::Metrics metrics = cx::evaluate(network, data);

  auto input = std::make_unique<ResNet8::InputTensor>();
  std::copy_n(inputs.begin(), input->size(), input->begin());
  std::vector<float> outputs(2 * 10);
  network(inputs, outputs);
  const bool alike = network(*input)[3] == outputs[3] && network.classify(*input) < 10;

  const cx::Quantized<ResNet8> small = cx::quantize(network, data, {.samples = 8});
  small(inputs, outputs);
  const bool small_alike = small(*input)[3] == outputs[3] && small.classify(*input) < 10;
  using Aware = cx::QuantizationAware<ResNet8>;
  const std::unique_ptr<Aware> aware{new Aware(cx::quantization_aware(network, data, {.samples = 8}))};
  const cx::Quantized<ResNet8> again = cx::quantize(*aware);
  using Folded = cx::FoldedBatchNorm<ResNet8>;
  const std::unique_ptr<Folded> folded{new Folded(cx::fold_batch_norm(network))};
  return alike && small_alike && metrics.loss > 0 && again.classify(*input) < 10 && folded->classify(*input) < 10;
}

bool infer_photo() {
  auto network = cx::make_network<Photo>();
  network.initialize(cx::Seed{1});
  const std::vector<float> inputs = values(2 * Photo::input_shape::size);
  std::vector<float> outputs(2 * 10);
  auto input = std::make_unique<Photo::InputTensor>();
  std::copy_n(inputs.begin(), input->size(), input->begin());
  const std::vector<std::uint8_t> pixels(input->size());
  const auto workspace = std::make_unique<Photo::Workspace>();
  return network(inputs, outputs) == 2 && network(*input)[3] == outputs[3] &&
         network(*input, *workspace)[3] == outputs[3] &&
         network.classify(std::span<const std::uint8_t, Photo::input_shape::size>{pixels}) < 10;
}

bool run() { return train_and_infer() && infer_photo(); }

}  // namespace

int main() {
  if (!run()) return 1;
  pthread_attr_t attributes;
  pthread_t thread;
  pthread_attr_init(&attributes);
  pthread_attr_setstacksize(&attributes, 256 * 1024);
  static bool is_right = false;
  const auto in_thread = [](void*) -> void* {
    is_right = run();
    return nullptr;
  };
  if (pthread_create(&thread, &attributes, in_thread, nullptr) != 0) return 2;
  pthread_join(thread, nullptr);
  pthread_attr_destroy(&attributes);
  return is_right ? 0 : 3;
}

// Trains a network and keeps a checkpoint, for killed.py, which kills it at random moments.
//
// usage: train dense|convolutional|recurrent CHECKPOINT
//
// It goes on with the checkpoint, if there is one, and prints a hash of the parameters at the end.

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <cortexpr/checkpoint/checkpoint.hpp>
#include <cortexpr/cortexpr.hpp>
#include <cortexpr/data/augment.hpp>

namespace cx = cortexpr;

namespace {

/// Images of 8 x 8 pixels, distorted anew in each epoch, of three classes.
struct Images {
  static constexpr std::size_t count = 300, pixels = 64;
  std::vector<std::uint8_t> bytes = std::vector<std::uint8_t>(count * pixels);
  std::vector<cx::PixelScale> scales = std::vector<cx::PixelScale>(1);
  cx::Augment augment{.shift_pixels = 1, .rotation_degrees = 10, .scale = 0.1f, .shear = 0.1f};

  Images() {
    const cx::Random random{cx::Seed{5}, 0};
    for (std::size_t i = 0; i < bytes.size(); ++i)
      bytes[i] = static_cast<std::uint8_t>(random.bits(i) % (i / pixels % 3 == i % 3 ? 256 : 100));
  }
  static std::size_t size() { return count; }
  static std::size_t sample_size() { return pixels; }
  static std::size_t label(std::size_t sample) { return sample % 3; }
  void gather(std::size_t sample, std::uint64_t epoch, float* out) const {
    cx::detail::write_augmented(augment, sample, epoch, bytes.data() + sample * pixels, {1, 8, 8}, scales.data(), out);
  }
};

using Dense = cx::Network<cx::Input<64>, cx::Dense<40, cx::Relu>, cx::Dropout<0.3f>, cx::Dense<20, cx::Tanh>,
                          cx::Dropout<0.1f>, cx::Dense<3>>;
using Convolutional = cx::Network<cx::Input<1, 8, 8>, cx::Conv2D<6, 3>, cx::BatchNorm<>, cx::Activation<cx::Relu>,
                                  cx::MaxPool2D<2>, cx::Flatten, cx::Dense<3>>;
using Recurrent = cx::Network<cx::Input<8, 8>, cx::Lstm<12>, cx::Dense<3>>;

template <class Net>
int train(const char* checkpoint, std::size_t epochs) {
  const Images images;
  const auto network = cx::make_network<Net>();
  network.initialize(cx::Seed{1});
  cx::Trainer trainer{*network, cx::SoftmaxCrossEntropy{},
                      cx::AdamW{.learning_rate = cx::ReduceOnPlateau{.rate = 0.003f, .factor = 0.5f, .patience = 3}},
                      cx::batch_size<32>};
  const cx::Resumed resumed = trainer.resume(checkpoint);
  if (!resumed.message().empty()) std::fprintf(stderr, "%s\n", resumed.message().c_str());
  trainer.on_epoch(cx::Checkpoint{checkpoint});
  const cx::History history =
      trainer.fit(images, images, {.epochs = epochs, .evaluate_every_steps = 7, .seed = cx::Seed{3}});
  if (!history.ok()) return std::fprintf(stderr, "%s\n", history.message.c_str()), 1;
  std::uint64_t hash = 0xcbf29ce484222325;
  const auto add = [&](auto value) {
    unsigned char bytes[sizeof value];
    std::memcpy(bytes, &value, sizeof value);
    for (const unsigned char byte : bytes) hash = (hash ^ byte) * 0x100000001b3;
  };
  cx::for_each_serialized(*network, add);
  for (const cx::Evaluation& evaluation : history) add(evaluation.loss);
  std::printf("%016llx after %zu evaluations\n", static_cast<unsigned long long>(hash), history.size());
  return 0;
}

}  // namespace

int main(int count, char** arguments) {
  if (count != 3) return std::fprintf(stderr, "usage: train dense|convolutional|recurrent CHECKPOINT\n"), 2;
  const std::string_view kind = arguments[1];
  try {
    if (kind == "dense") return train<Dense>(arguments[2], 60);
    if (kind == "convolutional") return train<Convolutional>(arguments[2], 40);
    if (kind == "recurrent") return train<Recurrent>(arguments[2], 25);
  } catch (const cx::DataError& error) {
    return std::fprintf(stderr, "%s\n", error.what()), 3;
  }
  return std::fprintf(stderr, "there is no kind '%s'\n", arguments[1]), 2;
}

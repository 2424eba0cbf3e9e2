// Training on the chip: a classifier learns to read digits that are upside down. First only its last layer learns, from
// the outputs of the layers before it, which stay in flash; then a copy of the whole network learns. The same program
// on a computer prints the same text, including the hash of all parameters.

#include <cortexpr/embedded.hpp>
#include <cortexpr/nn/serialize.hpp>
#include <cstddef>
#include <cstdint>

#include "digits.hpp"  // training_data writes it, and samples.hpp
#include "samples.hpp"
#include "semihosting.h"

namespace cx = cortexpr;

namespace {

constexpr auto body = cx::body<1>(digits::model);
constinit auto head = cx::head<1>(digits::model);
constinit auto whole = digits::model;

constexpr cx::Sgd<> sgd{.learning_rate = 0.02f};
constinit cx::Trainer head_trainer{head, cx::SoftmaxCrossEntropy{}, sgd, cx::batch_size<1>};
constinit cx::Trainer whole_trainer{whole, cx::SoftmaxCrossEntropy{}, sgd, cx::batch_size<1>};
static_assert(cx::memory<digits::Model, 1, cx::Sgd<>>::peak_bytes <= 104 * 1024, "a network of 128 kB leaves no stack");

void print(const char* text) { semihosting_write(text); }
void print(std::uint32_t number) {
  char text[11], *at = text + sizeof text;
  *--at = '\0';
  do *--at = static_cast<char>('0' + number % 10);
  while ((number /= 10) > 0);
  print(at);
}
void print_hundredths(std::uint32_t number) {
  const char digits[] = {'.', static_cast<char>('0' + number / 10 % 10), static_cast<char>('0' + number % 10), ' ',
                         '\0'};
  print(number / 100);
  print(digits);
}

using Pixels = std::uint8_t[digits::Model::input_shape::size];

/// The input of the whole network.
auto image_of(const Pixels& pixels) {
  digits::Model::InputTensor image;
  for (std::size_t i = 0; i < image.size(); ++i) image[i] = static_cast<float>(pixels[i]) / 255;
  return image;
}
/// The input of the head.
auto features_of(const Pixels& pixels) { return body(image_of(pixels)); }

template <class Net>
void report(const Net& network, auto input_of) {
  std::uint32_t right = 0, hash = 2166136261u;  // FNV-1a over words
  for (std::size_t i = 0; i < std::size(samples::test_labels); ++i)
    if (network.classify(input_of(samples::test_pixels[i])) == samples::test_labels[i]) ++right;
  cx::for_each_serialized(network,
                          [&](float number) { hash = (hash ^ __builtin_bit_cast(std::uint32_t, number)) * 16777619u; });
  print_hundredths(static_cast<std::uint32_t>(10000 * right / std::size(samples::test_labels)));
  print("% right; hash of the parameters ");
  print(hash);
  print("\n");
}

/// Trains for two epochs with batches of one sample.
void learn(auto& trainer, auto input_of) {
  constexpr std::size_t count = std::size(samples::labels), reported = count / 4;
  print("  before: ");
  report(trainer.network(), input_of);
  print("  loss:   ");
  float loss = 0;
  for (std::size_t step = 1; step <= 2 * count; ++step) {
    const std::size_t sample = (step - 1) % count;
    const auto input = input_of(samples::pixels[sample]);
    cx::Tensor<float, cx::Shape<1, input.size()>> batch;
    for (std::size_t i = 0; i < input.size(); ++i) batch[i] = input[i];
    loss += trainer.step(batch, cx::Tensor<int, cx::Shape<1>>{{samples::labels[sample]}});
    if (step % reported == 0) {
      print_hundredths(static_cast<std::uint32_t>(100 * loss / reported));
      loss = 0;
    }
  }
  print("\n  after:  ");
  report(trainer.network(), input_of);
}

}  // namespace

int main() {
  print("the last layer learns\n");
  learn(head_trainer, features_of);
  print("the whole network learns\n");
  learn(whole_trainer, image_of);
  return 0;
}

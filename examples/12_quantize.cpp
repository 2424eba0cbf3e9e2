// Quantizes a digit classifier to 8 bits, and writes it as a header for a microcontroller, which keeps it in flash.
// usage: 12_quantize [DIR [HEADER]]   DIR, or else $MNIST_DIR, has the four MNIST files

#include <cortexpr/cortexpr.hpp>
#include <cortexpr/io/write_header.hpp>
#include <cstdio>
#include <cstdlib>

namespace cx = cortexpr;

using Classifier = cx::Network<cx::Input<784>, cx::Dense<64, cx::Relu>, cx::Dense<10>>;
using Small = cx::Quantized<Classifier>;
static_assert(cx::memory<Small>::parameter_bytes < 56 * 1024 && cx::memory<Classifier>::parameter_bytes > 200 * 1024);

int run(const char* directory, const char* header) {
  const cx::mnist::Data data = cx::mnist::load(directory);

  auto network = cx::make_static<Classifier>();
  network.initialize(cx::Seed{1});
  cx::Trainer trainer{network, cx::SoftmaxCrossEntropy{}, cx::AdamW{.learning_rate = cx::OneCycle{.peak = 6e-3f}},
                      cx::batch_size<128>};
  const cx::History history = trainer.fit(data.train, data.test, {.epochs = 4});
  if (!history.ok()) return std::fprintf(stderr, "%s\n", history.message.c_str()), 1;

  const Small small = cx::quantize(network, data.train);  // calibrates the ranges on the training images
  std::printf("%.2f %% in floating point, %.2f %% in 8 bits\n", 100 * cx::evaluate(network, data.test).accuracy,
              100 * cx::evaluate(small, data.test).accuracy);

  // Bytes go in, and all arithmetic is in integers.
  const std::size_t digit = small.classify(data.test.pixels(0).first<784>());
  std::printf("the first test image is a %u; the integers say %zu\n", data.test.label(0), digit);

  if (header != nullptr) cx::write_header(small, header, "digits");  // digits::model.classify(pixels)
  return 0;
}

int main(int count, char** arguments) try {
  const char* const directory = count > 1 ? arguments[1] : std::getenv("MNIST_DIR");
  return run(directory != nullptr ? directory : "data/mnist", count > 2 ? arguments[2] : nullptr);
} catch (const cx::DataError& error) {
  return std::fprintf(stderr, "%s\n", error.what()), 1;
}

// Trains the network with which training.cpp begins, and writes it as a header. Writes the samples of training.cpp too:
// the first images of MNIST's test set, upside down, as bytes.   usage: training_data MNIST_FOLDER OUTPUT_FOLDER

#include <cortexpr/cortexpr.hpp>
#include <cortexpr/io/write_header.hpp>

#include <cstdio>
#include <fstream>
#include <string>

namespace cx = cortexpr;

namespace {

using Net = cx::Network<cx::Input<784>, cx::Dense<32, cx::Relu>, cx::Dense<10>>;
constexpr std::size_t learned = 400, tested = 200;

void write_samples(std::ofstream& file, const cx::ImageSet& images, std::size_t first, std::size_t count,
                   const char* prefix) {
  file << "inline constexpr unsigned char " << prefix << "labels[] = {";
  for (std::size_t i = first; i < first + count; ++i) file << images.label(i) << ", ";
  file << "};\ninline constexpr unsigned char " << prefix << "pixels[][784] = {\n";
  for (std::size_t i = first; i < first + count; ++i) {
    const auto pixels = images.pixels(i);
    file << "{";
    for (std::size_t p = pixels.size(); p-- > 0;) file << unsigned{pixels[p]} << ",";
    file << "},\n";
  }
  file << "};\n";
}

void run(const std::string& mnist, const std::string& folder) {
  const cx::mnist::Data data = cx::mnist::load(mnist, {.standardize = false});
  auto network = cx::make_static<Net>();
  network.initialize(cx::Seed{1});
  cx::Trainer trainer{network, cx::SoftmaxCrossEntropy{}, cx::AdamW{.learning_rate = cx::OneCycle{.peak = 5e-3f}},
                      cx::batch_size<64>};
  const cx::History history = trainer.fit(data.train, data.test, {.epochs = 6, .seed = cx::Seed{1}});
  if (!history.ok()) throw cx::DataError{history.message};
  std::printf("784-32-10 classifies %.2f %% of the test images\n", 100 * history.back().accuracy);

  cx::write_header(*network, folder + "/digits.hpp", "digits");
  const std::string path = folder + "/samples.hpp";
  std::ofstream file{path};
  file << "#pragma once\n\nnamespace samples {\n";
  write_samples(file, data.test, 0, learned, "");
  write_samples(file, data.test, learned, tested, "test_");
  file << "}  // namespace samples\n";
  if (!file.flush()) throw cx::DataError{path + ": cannot be written; name a folder that exists"};
}

}  // namespace

int main(int count, char** arguments) try {
  if (count != 3) return std::fprintf(stderr, "usage: training_data MNIST_FOLDER OUTPUT_FOLDER\n"), 2;
  run(arguments[1], arguments[2]);
  return 0;
} catch (const cx::DataError& error) {
  return std::fprintf(stderr, "%s\n", error.what()), 1;
}

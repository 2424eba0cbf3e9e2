// Trains the networks of the firmware on MNIST and writes each as a header. Writes the test images in the format that
// the boards read: for each image the label, one byte, and the pixels.

#include <cortexpr/cortexpr.hpp>
#include <cortexpr/io/write_header.hpp>

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>

namespace cx = cortexpr;

namespace {

template <std::size_t Units>
using Dense = cx::Network<cx::Input<784>, cx::Dense<Units, cx::Relu>, cx::Dense<10>>;
using Relu = cx::Activation<cx::Relu>;
using Convolutional = cx::Network<cx::Input<1, 28, 28>, cx::Conv2D<8, 5, cx::Stride<2>>, cx::BatchNorm<>, Relu,
                                  cx::Conv2D<16, 3>, cx::BatchNorm<>, Relu, cx::MaxPool2D<2>, cx::Conv2D<24, 3>,
                                  cx::BatchNorm<>, Relu, cx::Flatten, cx::Dense<10>>;

struct Recipe {
  std::size_t epochs;
  float peak;  // learning rate
};

template <class Net>
cx::Handle<Net> train(const cx::mnist::Data& data, Recipe recipe) {
  auto network = cx::make_static<Net>();
  network.initialize(cx::Seed{1});
  static cx::Trainer trainer{network, cx::SoftmaxCrossEntropy{},
                             cx::AdamW{.learning_rate = cx::OneCycle{.peak = recipe.peak}, .weight_decay = 0.02f},
                             cx::batch_size<64>};
  const cx::History history = trainer.fit(data.train, data.test, {.epochs = recipe.epochs, .seed = cx::Seed{1}});
  if (!history.ok()) throw cx::DataError{history.message};
  return network;
}

/// The accuracy on images as bytes, the input that the boards have.
template <class Net>
double accuracy(const Net& network, const cx::ImageSet& images) {
  std::size_t right = 0;
  for (std::size_t i = 0; i < images.size(); ++i)
    if (network.classify(images.pixels(i).template first<784>()) == images.label(i)) ++right;
  return static_cast<double>(right) / static_cast<double>(images.size());
}

/// Writes digits.hpp into a folder for this network, so that the firmware of each network includes the same file name.
template <class Net>
void deploy(const Net& network, const cx::mnist::Data& data, const std::string& folder, const char* name) {
  std::filesystem::create_directories(folder + "/" + name);
  cx::write_header(network, folder + "/" + name + "/digits.hpp", "digits");
  std::printf("%-12s %.2f %% of the test images\n", name, 100 * accuracy(network, data.test));
  std::fflush(stdout);
}

void write_images(const cx::ImageSet& images, const std::string& path) {
  std::ofstream file{path, std::ios::binary};
  for (std::size_t i = 0; i < images.size(); ++i) {
    file.put(static_cast<char>(images.label(i)));
    file.write(reinterpret_cast<const char*>(images.pixels(i).data()),
               static_cast<std::streamsize>(images.sample_size()));
  }
  if (!file.flush())
    throw cx::DataError{path + ": cannot be written; check that there is room, and that you may write there"};
}

void run(const std::string& data_folder, const std::string& folder) {
  const cx::mnist::Data data = cx::mnist::load(data_folder);
  std::filesystem::create_directories(folder);
  write_images(data.test, folder + "/images.bin");

  const auto small = train<Dense<32>>(data, {.epochs = 12, .peak = 6e-3f});
  deploy(cx::fold_pixel_scale(small, data.train.pixel_scales()[0]), data, folder, "float_dense");
  deploy(cx::quantize(train<Dense<64>>(data, {.epochs = 12, .peak = 6e-3f}), data.train), data, folder, "int8_dense");
  deploy(cx::quantize(train<Convolutional>(data, {.epochs = 5, .peak = 1e-2f}), data.train), data, folder, "int8_conv");
}

}  // namespace

int main(int count, char** arguments) try {
  if (count != 3) return std::fprintf(stderr, "usage: train_models MNIST_FOLDER OUTPUT_FOLDER\n"), EXIT_FAILURE;
  run(arguments[1], arguments[2]);
  return EXIT_SUCCESS;
} catch (const std::exception& error) {
  return std::fprintf(stderr, "error: %s\n", error.what()), EXIT_FAILURE;
}

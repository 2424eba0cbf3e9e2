// Trains the networks of the firmware on MNIST, and writes each as a header, and the test images as the boards read them:
// of each image its label, a byte, and its pixels.

#include <cortexpr/cortexpr.hpp>
#include <cortexpr/io/write_header.hpp>

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>

namespace cx = cortexpr;

namespace {

using FloatDense = cx::Network<cx::Input<784>, cx::Dense<32, cx::Relu>, cx::Dense<10>>;

template <class Net>
void train(cx::StaticNetwork<Net> network, const cx::mnist::Data& data, const char* name, std::size_t epochs,
           float peak) {
  network.initialize(cx::Seed{1});
  static cx::Trainer trainer{network, cx::SoftmaxCrossEntropy{},
                             cx::AdamW{.learning_rate = cx::OneCycle{.peak = peak}, .weight_decay = 0.02f},
                             cx::batch_size<64>};
  const cx::History history = trainer.fit(data.train, data.test, {.epochs = epochs, .seed = cx::Seed{1}});
  if (!history.ok()) throw cx::DataError{history.message};
  std::printf("%s: %.2f %% of the test images in float\n", name, 100 * history.back().accuracy);
}

/// digits.hpp in a folder of its own, so that the firmware of each network includes the same name.
template <class Net>
void write(const Net& network, const std::string& folder, const char* name) {
  std::filesystem::create_directories(folder + "/" + name);
  cx::write_header(network, folder + "/" + name + "/digits.hpp", "digits");
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

  auto float_dense = cx::make_static<FloatDense>();
  train(float_dense, data, "float_dense", 12, 6e-3f);
  write(cx::fold_pixel_scale(float_dense, data.train.pixel_scales()[0]), folder, "float_dense");
}

}  // namespace

int main(int count, char** arguments) try {
  if (count != 3) return std::fprintf(stderr, "usage: train_models MNIST_FOLDER OUTPUT_FOLDER\n"), EXIT_FAILURE;
  run(arguments[1], arguments[2]);
  return EXIT_SUCCESS;
} catch (const std::exception& error) {
  return std::fprintf(stderr, "%s\n", error.what()), EXIT_FAILURE;
}

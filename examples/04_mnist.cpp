// Classifies handwritten digits: load, train, evaluate, use.
// usage: 04_mnist [DIR]   DIR, or else $MNIST_DIR, has the four MNIST files

#include <cortexpr/cortexpr.hpp>
#include <cstdio>
#include <cstdlib>

namespace cx = cortexpr;

using Classifier = cx::Network<cx::Input<784>, cx::Dense<89, cx::Relu>, cx::Dense<10>>;  // logits

int run(const char* directory) {
  const cx::mnist::Data data = cx::mnist::load(directory);

  auto network = cx::make_static<Classifier>();
  network.initialize(cx::Seed{20190119});

  cx::Trainer trainer{network, cx::SoftmaxCrossEntropy{}, cx::AdamW{.learning_rate = cx::OneCycle{.peak = 5e-3f}},
                      cx::batch_size<128>};
  trainer.on_epoch([](const cx::EpochReport& report) {
    std::printf("epoch %zu: loss %.4f, test accuracy %.2f %%\n", report.epoch, report.training_loss,
                100 * report.evaluation->accuracy);
  });
  const cx::History history = trainer.fit(data.train, data.test, {.epochs = 5, .seed = cx::Seed{20190119}});
  if (!history.ok()) return std::fprintf(stderr, "%s\n", history.message.c_str()), 1;

  const cx::Metrics metrics = cx::evaluate(network, data.test);
  std::printf("in all %.2f %%; %zu fours are taken for nines\n", 100 * metrics.accuracy, metrics.confusion(4, 9));

  Classifier::InputTensor image;
  data.test.gather(0, 0, image.data());
  std::printf("the first test image is a %u; the network says %zu\n", data.test.label(0), network.classify(image));
  return 0;
}

int main(int count, char** arguments) try {
  const char* const directory = count > 1 ? arguments[1] : std::getenv("MNIST_DIR");
  return run(directory != nullptr ? directory : "data/mnist");
} catch (const cx::DataError& error) {
  return std::fprintf(stderr, "%s\n", error.what()), 1;
}

// Instantiates most of the library in a program that includes it by plain -I and has strict warnings;
// headers_alone.py compiles it.

#include <cortexpr/cortexpr.hpp>
#include <cortexpr/data/cifar10.hpp>
#include <cortexpr/data/csv.hpp>
#include <cortexpr/data/fashion_mnist.hpp>
#include <cortexpr/io/dot.hpp>
#include <cortexpr/io/svg.hpp>
#include <cortexpr/io/write_header.hpp>
#include <cortexpr/nn/report/summary.hpp>
#include <cortexpr/train/callbacks/csv_log.hpp>
#include <cortexpr/train/callbacks/progress_bar.hpp>
#include <sstream>

namespace cx = cortexpr;

namespace {

using Activations =
    cx::Network<cx::Input<4>, cx::Dense<3, cx::Sigmoid>, cx::Dense<3, cx::LeakyRelu<>>, cx::Dense<3, cx::Elu>,
                cx::Dense<3, cx::Selu>, cx::Dense<3, cx::Gelu>, cx::Dense<3, cx::Silu>, cx::Dense<3, cx::Softplus>,
                cx::Dense<3, cx::Mish>, cx::Dense<3, cx::HardSwish>, cx::LayerNorm<>, cx::RmsNorm<>, cx::Dropout<0.2f>,
                cx::Dense<2>>;
using Images = cx::Network<cx::Input<1, 8, 8>, cx::Conv2D<4, 3, cx::Same>, cx::BatchNorm<>, cx::Activation<cx::Relu6>,
                           cx::DepthwiseConv2D<3, cx::Same>, cx::GroupNorm<2>, cx::MaxPool2D<2>,
                           cx::Residual<cx::Conv2D<4, 3, cx::Same, cx::Tanh>>, cx::GlobalAvgPool, cx::Dense<2>>;
using Sequences = cx::Network<cx::Input<6, 4>, cx::Gru<5, cx::ReturnSequences>, cx::Lstm<4, cx::ReturnSequences>,
                              cx::TransformerBlock<4, 2, 8>, cx::Flatten, cx::Dense<2>>;
using Integers = cx::Network<cx::Input<1, 8, 8>, cx::Conv2D<4, 3, cx::Relu>, cx::Residual<cx::Conv2D<4, 3, cx::Same>>,
                             cx::AvgPool2D<2>, cx::Flatten, cx::Dense<4, cx::Tanh>, cx::Dense<2>>;

template <class Net, class Optimizer>
void train(Optimizer optimizer) {
  Net network;
  network.initialize(cx::Seed{1});
  const cx::ClassificationSet data{
      std::vector<float>(Net::input_shape::size * 4), Net::input_shape::size, {0, 1, 0, 1}};
  cx::Trainer trainer{network, cx::SoftmaxCrossEntropy{}, optimizer, cx::batch_size<4>};
  trainer.on_epoch(cx::ProgressBar{});
  trainer.on_epoch(cx::CsvLog{"log.csv"});
  if (!trainer.fit(data, data, {.epochs = 1, .seed = cx::Seed{1}}).ok()) return;
  cx::write_header(network, "network.hpp", "network");
  cx::write_dot<Net>("network.dot");
  cx::write_svg<Net>("network.svg");
  std::ostringstream text;
  text << cx::summary<Net>();
}

}  // namespace

int main() {
  train<Activations>(cx::Sgd{.learning_rate = 0.1f});
  train<cx::with_scalar<double, Activations>>(cx::Adam{});
  train<Images>(cx::AdamW{.learning_rate = cx::OneCycle{.peak = 0.1f}});
  train<Sequences>(cx::Momentum{.learning_rate = cx::ExponentialDecay{0.1f, 0.01f}});
  train<cx::QuantizationAware<Integers>>(cx::RmsProp{});
  const cx::mnist::Data mnist = cx::mnist::load("mnist", {.augment = {.shift_pixels = 1}});
  using Classifier = cx::Network<cx::Input<784>, cx::Dense<8, cx::Relu>, cx::Dense<10>>;
  static Classifier network;
  const auto small = cx::quantize(network, mnist.train);
  const auto folded = cx::fold_pixel_scale(network, mnist.train.pixel_scales()[0]);
  const cx::Metrics metrics = cx::evaluate(small, mnist.test);
  cx::write_header(small, "small.hpp", "small");
  const auto table = cx::csv::load_classification("table.csv");
  const auto regression = cx::csv::load_regression("table.csv");
  return metrics.accuracy > 0.5 && folded.classify({}) == 0 && table.data.size() == regression.data.size() ? 0 : 1;
}

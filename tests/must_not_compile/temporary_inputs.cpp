// expect-error: Trainer::forward: backward reads the inputs again; give them a name
#include <cortexpr/nn/network.hpp>
#include <cortexpr/train/trainer.hpp>
namespace cx = cortexpr;
using Net = cx::Network<cx::Input<4>, cx::Dense<3>>;
cx::Tensor<float, cx::Shape<8, 4>> make_batch();
void train(cx::Trainer<Net, cx::SoftmaxCrossEntropy, cx::Sgd<>, 8>& trainer) { trainer.forward(make_batch()); }

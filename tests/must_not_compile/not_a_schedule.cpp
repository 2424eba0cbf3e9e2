// expect-error: Trainer: the optimizer's learning_rate must be a number or a schedule; train/schedule.hpp describes one
#include <cortexpr/nn/network.hpp>
#include <cortexpr/train/trainer.hpp>
namespace cx = cortexpr;
struct NotASchedule {};
using Net = cx::Network<cx::Input<4>, cx::Dense<3>>;
void train(Net& network) {
  cx::Trainer trainer{network, cx::SoftmaxCrossEntropy{}, cx::Sgd{.learning_rate = NotASchedule{}}, cx::batch_size<60>};
}

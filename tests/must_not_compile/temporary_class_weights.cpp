// expect-error: ClassWeights: the weights are not copied; give them a name, so that they live as long as the loss
#include <array>
#include <cortexpr/train/losses.hpp>
namespace cx = cortexpr;
const cx::SoftmaxCrossEntropy loss{.class_weights = std::array<float, 2>{1, 5}};

"""Sources of networks whose cost to the compiler is measured."""

INCLUDES = """#include <cortexpr/train/losses.hpp>
#include <cortexpr/nn/network.hpp>
#include <cortexpr/train/optimizers.hpp>
#include <cortexpr/train/trainer.hpp>

#include <utility>
namespace cx = cortexpr;
"""
INFERENCE = """
void infer(const Net& network, const Net::InputTensor& x, Net::OutputTensor& y) { y = network(x); }
"""
TRAINING = """
using Trainer = decltype(cx::Trainer{std::declval<Net&>(), cx::SoftmaxCrossEntropy{},
                                     cx::Momentum{.learning_rate = 0.1f}, cx::batch_size<32>});
float train(Trainer& trainer, const Trainer::Inputs<32>& x, const Trainer::Targets<32>& y) { return trainer.step(x, y); }
"""
BOTH = (INFERENCE, TRAINING)


def source_of(layers, uses):
    return f"{INCLUDES}using Net = cx::Network<{', '.join(layers)}>;\n{''.join(uses)}"


def dense_network(layers, uses, alike=True):
    """Layers of 64 units, or each of a width of its own, so that no two share an instantiation."""
    dense = [f"cx::Dense<{64 if alike else 64 - i}, cx::Tanh>" for i in range(layers)]
    check = f"static_assert(Net::layer_count == {layers} && Net::parameter_count > 0);\n"
    return source_of(["cx::Input<64>", *dense], [check, *uses])


def residual_block(filters, stride, projects):
    """Two convolutions of 3 x 3 and what leads around them, as in He et al., 2016."""
    step = f", cx::Stride<{stride}>" if stride > 1 else ""
    inner = [f"cx::Conv2D<{filters}, 3, cx::Same{step}>", "cx::BatchNorm<>", "cx::Activation<cx::Relu>",
             f"cx::Conv2D<{filters}, 3, cx::Same>", "cx::BatchNorm<>"]
    around = [f"cx::Projection<cx::Conv2D<{filters}, 1{step}>>"] if projects else []
    return [f"cx::Residual<{', '.join(around + inner)}>", "cx::Activation<cx::Relu>"]


def residual_network(blocks, uses):
    """The network of He et al. for images of 32 x 32 pixels, with 6 * blocks + 2 layers that have weights, the projections
    not counted: ResNet-8 has one block for each number of filters, ResNet-20 three."""
    layers = ["cx::Input<3, 32, 32>", "cx::Conv2D<16, 3, cx::Same>", "cx::BatchNorm<>", "cx::Activation<cx::Relu>"]
    for filters in (16, 32, 64):
        for block in range(blocks):
            narrows = block == 0 and filters > 16
            layers += residual_block(filters, 2 if narrows else 1, narrows)
    return source_of([*layers, "cx::GlobalAvgPool", "cx::Dense<10>"], uses)

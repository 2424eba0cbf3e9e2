"""What the compiler needs for a network: seconds of processor time and peak memory, against the number of layers."""

import os
import tempfile

INCLUDES = """#include <cortexpr/nn/losses.hpp>
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


def network_source(layers, uses):
    """Every layer has a width of its own, so that no two share an instantiation."""
    topology = ", ".join(f"cx::Dense<{100 - i}, cx::Tanh>" for i in range(1, layers + 1))
    check = f"static_assert(Net::layer_count == {layers} && Net::parameter_count > 0);\n"
    return f"{INCLUDES}using Net = cx::Network<cx::Input<100>, {topology}>;\n{check}{''.join(uses)}"


def cost(command, source):
    """Compiles a file to an object that is thrown away: (seconds of processor time, peak bytes)."""
    with tempfile.TemporaryDirectory() as folder:
        whole = [*command, "-c", source, "-o", os.path.join(folder, "object")]
        process = os.posix_spawnp(whole[0], whole, os.environ)
        _, status, usage = os.wait4(process, 0)
    if status != 0:
        raise RuntimeError(f"{' '.join(whole)} failed")
    unit = 1 if os.uname().sysname == "Darwin" else 1024
    return usage.ru_utime + usage.ru_stime, usage.ru_maxrss * unit


def best_cost(command, source, repetitions):
    """The least of several runs: whatever else the machine does only adds."""
    costs = [cost(command, source) for _ in range(repetitions)]
    return min(c[0] for c in costs), min(c[1] for c in costs)


def network_cost(command, layers, uses, repetitions):
    with tempfile.NamedTemporaryFile("w", suffix=".cpp", encoding="utf-8") as file:
        file.write(network_source(layers, uses))
        file.flush()
        return best_cost(command, file.name, repetitions)

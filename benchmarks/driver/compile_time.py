"""What the compiler needs for a network: seconds of processor time and peak memory, against the number of layers."""

import os
import tempfile

from driver.build import ROOT

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


def network_source(layers, uses, alike=True):
    """Layers of 64 units, or each of a width of its own, so that no two share an instantiation."""
    topology = ", ".join(f"cx::Dense<{64 if alike else 64 - i}, cx::Tanh>" for i in range(layers))
    check = f"static_assert(Net::layer_count == {layers} && Net::parameter_count > 0);\n"
    return f"{INCLUDES}using Net = cx::Network<cx::Input<64>, {topology}>;\n{check}{''.join(uses)}"


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


def network_cost(command, source, repetitions):
    with tempfile.NamedTemporaryFile("w", suffix=".cpp", encoding="utf-8") as file:
        file.write(source)
        file.flush()
        return best_cost(command, file.name, repetitions)


def rows(folder, clang, smoke, table):
    """Target 5: processor time of the compiler for one file, where there is a limit the least of three runs; the peak
    is the compiler's resident memory."""
    repetitions = 1 if smoke else 3
    for name, one in [("GCC", folder)] + ([("Clang", clang)] if clang else []):
        command = [*one.compile_command("benchmarks/network.cpp"), "-march=native"]
        for level in ("-O0", "-O3"):
            for layers in (4,) if smoke else (4, 8, 16, 32):
                limited = (name, level, layers) == ("GCC", "-O3", 32)
                source = network_source(layers, [INFERENCE, TRAINING])
                seconds, peak = network_cost([*command, level], source, repetitions if limited else 1)
                table.figure(f"compile, {name} {level}, {layers} Dense layers", f"{seconds:.2f} s, {peak / 1e6:.0f} MB")
                if limited:
                    table.at_most(5, "32 Dense layers compile", seconds, 6.0, "s")
    if not smoke:
        command = [*folder.compile_command("benchmarks/network.cpp"), "-march=native", "-O3"]
        for what, source in (
            ("the type alone", network_source(32, [])),
            ("of different widths", network_source(32, [INFERENCE, TRAINING], alike=False)),
        ):
            seconds, peak = network_cost(command, source, 1)
            table.figure(f"compile, GCC -O3, 32 Dense layers, {what}", f"{seconds:.2f} s, {peak / 1e6:.0f} MB")
    example_row(folder, repetitions, table)


def example_row(folder, repetitions, table):
    """The numbered MNIST example."""
    names = [name for name in os.listdir(os.path.join(ROOT, "examples")) if name[:1].isdigit() and "mnist" in name]
    command = folder.compile_command(os.path.join("examples", names[0])) if names else None
    if command is None:
        table.leave_out("compile time of the MNIST example: it is not part of this build")
        return
    source = os.path.join(ROOT, "examples", names[0])
    seconds, peak = best_cost([*command, "-march=native", "-O3"], source, repetitions)
    table.at_most(5, "the MNIST example compiles", seconds, 3.0, "s")
    table.figure(f"compile, GCC -O3, {names[0]}", f"{seconds:.2f} s, {peak / 1e6:.0f} MB")

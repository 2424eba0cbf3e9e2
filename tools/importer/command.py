"""The command line of tools/import."""

import argparse
import os
import pathlib
import re
import sys

from .problem import Problem, one_line

KEYWORDS = frozenset("""
alignas alignof and and_eq asm auto bitand bitor bool break case catch char char16_t char32_t char8_t class
compl concept const const_cast consteval constexpr constinit continue co_await co_return co_yield decltype
default delete do double dynamic_cast else enum explicit export extern false float for friend goto if inline int
long mutable namespace new noexcept not not_eq nullptr operator or or_eq private protected public register
reinterpret_cast requires return short signed sizeof static static_assert static_cast struct switch template
this thread_local throw true try typedef typeid typename union unsigned using virtual void volatile wchar_t
while xor xor_eq cortexpr std
""".split())


class Parser(argparse.ArgumentParser):
    def error(self, message):
        raise Problem(f"tools/import: {message}; tools/import --help says more")


def parse(arguments):
    parser = Parser(
        prog="tools/import", description="Writes a trained model of another tool as a C++ header: the type of the "
        "network, its parameters, and a test with the answers of a reference evaluator.")
    parser.add_argument("model", help="the file: .onnx, .keras, .tflite, .safetensors with --topology, or .json of "
                        "RTNeural")
    parser.add_argument("--name", required=True, help="the namespace of the header")
    parser.add_argument("--out", required=True, type=pathlib.Path, metavar="FILE.hpp", help="the header")
    parser.add_argument("--input-shape", metavar="1x3x32x32", help="the shape of the input, with a batch of 1, where "
                        "the file leaves more than the batch open")
    order = parser.add_mutually_exclusive_group()
    order.add_argument("--keep-nhwc", action="store_true", help="the network takes arrays in the order of the model, "
                       "channels last too, and then begins with a Permute; this is the default")
    order.add_argument("--channels-first", action="store_true", help="a network for channels last takes [C, H, W], "
                       "without the Permute")
    parser.add_argument("--reset-after", action="store_true", help="reads GRU nodes as PyTorch computes them, for "
                        ".onnx files whose linear_before_reset is 0 by a mistake of the exporter (onnxscript before "
                        "0.7.2)")
    parser.add_argument("--weights", choices=["header", "safetensors"], default="header", help="where the parameters "
                        "lie: in the header, which puts them into flash, or in a file FILE.safetensors beside it, "
                        "which load() reads")
    parser.add_argument("--topology", metavar="TYPE", help="for .safetensors files: the type of the network in C++, "
                        "Network<Input<...>, ...>, or its name in the file of --include")
    parser.add_argument("--rounding", choices=["own", "xnnpack", "tflite_reference"], default="xnnpack", help="for "
                        ".tflite files: how sums become 8-bit integers, as XNNPACK or the reference kernels of LiteRT "
                        "do, or as the library does by itself")
    parser.add_argument("--module", action="append", default=[], metavar="LAYER=MODULE", help="for --topology: the "
                        "module in the file that belongs to a layer, where names, order and shapes do not say it")
    parser.add_argument("--include", metavar="FILE.hpp", help="for --topology: the file that declares the type, which "
                                                              "the "
                        "header then includes")
    return parser.parse_args(arguments)


def input_shape(text):
    if text is None:
        return None
    if not re.fullmatch(r"[1-9]\d{0,8}(x[1-9]\d{0,8})*", text):
        raise Problem(f"--input-shape: expected extents such as 1x3x32x32, found '{text[:60]}'")
    return tuple(int(extent) for extent in text.split("x"))


def check_name(name):
    parts = name.split("::")
    if not all(re.fullmatch(r"[A-Za-z_]\w*", part, re.ASCII) and part not in KEYWORDS for part in parts):
        raise Problem(f"--name: expected an identifier as the name of a namespace, found '{name[:60]}'; take letters, "
                      "digits and underscores")


def network_from(options, path):
    """The network that the header is written of."""
    from . import network
    if path.suffix.lower() == ".safetensors":
        return given_network(options, path)
    if options.topology is not None or options.include is not None:
        raise Problem(f"{path.name}: --topology and --include are for .safetensors files; this one says its layers")
    graph, origin, reference = graph_of(options, path)
    made = network.network_of(graph, origin, reference, options.channels_first)
    for sentence in graph.warnings:
        print(f"warning: {sentence}", file=sys.stderr)
    return made


def given_network(options, path):
    """The network of a given type with the parameters of a file."""
    import numpy

    from . import safetensors_reader
    if options.topology is None:
        raise Problem(f"{path.name}: a .safetensors file has parameters alone; give the type of the network with "
                      "--topology")
    declarations = ""
    if options.include is not None:
        beside = options.out.parent / options.include
        file = beside if beside.is_file() else pathlib.Path(options.include)
        if not file.is_file():
            raise Problem(f"--include: there is no file '{options.include}' here or beside {options.out}")
        declarations = file.read_text(encoding="utf-8", errors="replace")
    if not all(text.count("=") == 1 for text in options.module):
        raise Problem("--module: expected LAYER=MODULE, such as 2=encoder.norm1")
    modules = dict(text.split("=") for text in options.module)
    made = safetensors_reader.read(path, options.topology, declarations, f"NumPy {numpy.__version__}", modules)
    made.type_text = re.sub(r"\bcx::", "cortexpr::", options.topology)
    made.include = options.include or ""
    return made


def graph_of(options, path):
    """The graph of the file, and the sentence parts that say what it was and who evaluates it."""
    shape = input_shape(options.input_shape)
    suffix = path.suffix.lower()
    if suffix == ".onnx":
        import onnx

        from . import onnx_reader
        graph = onnx_reader.read(path, shape)
        if options.reset_after:
            reset_after(graph)
        made_by = f", made by {graph.producer}" if graph.producer else ""
        return graph, f"{path.name} (ONNX, opset {graph.opset}{made_by})", f"onnx.reference of onnx {onnx.__version__}"
    if suffix == ".keras":
        import onnx

        from . import keras_reader
        if shape is not None:
            raise Problem(f"{path.name}: --input-shape is for .onnx files; a .keras file says its shape")
        graph, version = keras_reader.read(path)
        evaluator = f"NumPy (the layers as operators of onnx.reference {onnx.__version__})"
        return graph, f"{path.name} (Keras {version})", evaluator
    if suffix == ".json":
        import onnx

        from . import rtneural_reader
        evaluator = f"NumPy (the layers as operators of onnx.reference {onnx.__version__})"
        return rtneural_reader.read(path, shape), f"{path.name} (RTNeural)", evaluator
    raise Problem(f"{path.name}: the importer knows models by their names: .onnx, .keras, .tflite, .safetensors and "
                  f".json of RTNeural, not '{suffix}'")


def reset_after(graph):
    for node in graph.nodes:
        if node.op == "GRU":
            node.attributes["linear_before_reset"] = 1


def run(options):
    path = pathlib.Path(options.model)
    check_name(options.name)
    if not path.is_file():
        raise Problem(f"{options.model}: there is no such file")
    from .header import header_text
    if path.suffix.lower() == ".tflite":
        from . import tflite_import
        write(options.out, tflite_import.header_text(path, options.name, options.rounding).encode())
        return
    network = network_from(options, path)
    weights = None
    if options.weights == "safetensors":
        from .safetensors import file_bytes
        weights = options.out.with_suffix(".safetensors")
        write(weights, file_bytes(network))
    write(options.out, header_text(network, options.name, weights and weights.name).encode())


def write(path, contents):
    """Writes a file under another name first, so that an old file is replaced as a whole or not at all."""
    beside = path.with_name(path.name + ".part")
    try:
        beside.write_bytes(contents)
        os.replace(beside, path)
    except OSError as error:
        beside.unlink(missing_ok=True)
        raise Problem(f"{path}: it cannot be written ({error.strerror}); choose another place with --out") from None


def main(arguments):
    try:
        run(parse(arguments))
        return 0
    except Problem as problem:
        print(f"error: {one_line(problem, 1000)}", file=sys.stderr)
    except RecursionError:
        print("error: the model is nested too deeply; export it again", file=sys.stderr)
    except MemoryError:
        print("error: the model needs more memory than there is", file=sys.stderr)
    except KeyboardInterrupt:
        return 130
    return 1

"""Elementwise operators: they are recognised by what they compute, however many nodes that takes.

PyTorch writes SiLU as Sigmoid and Mul, Softplus with a threshold, GELU with Erf. So a group of elementwise nodes
between two tensors is evaluated on a grid of numbers and compared with the activations of the library.
"""

import dataclasses
import math

import numpy as np

from .graph import Node

GRID = np.concatenate([np.linspace(-12, 12, 241), [-40.0, -25.0, -0.5, -1.0, 1.0, 25.0, 40.0]]).astype(np.float32)

ELEMENTWISE = frozenset("""
Abs Add Cast Celu Clip Div Elu Erf Exp Gelu Greater GreaterOrEqual HardSigmoid HardSwish LeakyRelu Less
LessOrEqual Log Max Min Mish Mul Neg Pow PRelu Reciprocal Relu Selu Sigmoid Softplus Softsign Sqrt Sub Swish
Tanh ThresholdedRelu Where
""".split())


@dataclasses.dataclass(frozen=True)
class Activation:
    """An activation of the library, or one that the header defines: `definition` is then its C++ struct. Those of the
    library that have no parameters are computed by FIXED."""
    name: str
    definition: str = ""
    function: object = None  # in NumPy


def sigmoid(x):
    return np.where(x >= 0, 1 / (1 + np.exp(-np.abs(x))), np.exp(-np.abs(x)) / (1 + np.exp(-np.abs(x))))


def softplus(x):
    return np.maximum(x, 0) + np.log1p(np.exp(-np.abs(x)))


def negative_expm1(x):
    return np.expm1(np.minimum(x, 0))


ERF = np.vectorize(math.erf, otypes=[float])

FIXED = {
    "Linear": lambda x: x,
    "Relu": lambda x: np.maximum(x, 0),
    "Relu6": lambda x: np.clip(x, 0, 6),
    "Sigmoid": sigmoid,
    "Tanh": np.tanh,
    "Elu": lambda x: np.where(x > 0, x, negative_expm1(x)),
    "Selu": lambda x: 1.0507009873554805 * np.where(x > 0, x, 1.6732632423543772 * negative_expm1(x)),
    "Gelu": lambda x: x * (1 + ERF(x / math.sqrt(2))) / 2,
    "Silu": lambda x: x * sigmoid(x),
    "HardSigmoid": lambda x: np.clip(x / 6 + 0.5, 0, 1),
    "HardSwish": lambda x: x * np.clip(x / 6 + 0.5, 0, 1),
    "Softplus": softplus,
    "Mish": lambda x: x * np.tanh(softplus(x)),
}


def number(value):
    """A C++ literal with the few digits that a person would have written, if they give the value to 7 digits."""
    rounded = float(f"{value:.6g}")
    text = repr(rounded if abs(rounded - value) <= 1e-6 * abs(value) else float(np.float32(value)))
    return text if "." in text or "e" in text else text + "."


def identifier(*values):
    return "".join("_" + f"{value:.6g}".replace(".", "_").replace("-", "minus_").replace("+", "") for value in values)


def defined(name, comment, source, value, derivative, extra=""):
    """An activation of the header's own. `value` and `derivative` are expressions in x, or in y if `source` is
    output."""
    letter = "x" if source == "input" else "y"
    constant = "  template <class Pack>\n  static constexpr Pack number(double value) {\n" \
               "    return Pack::broadcast(static_cast<typename Pack::value_type>(value));\n  }\n"
    return Activation(name, f"/// {comment}\nstruct {name} {{\n"
                      f"  static constexpr auto derivative_from = cortexpr::DerivativeFrom::{source};\n{extra}"
                      f"  template <class Pack>\n  static constexpr Pack value(Pack x) {{\n    return {value};\n  }}\n"
                      f"  template <class Pack>\n  static constexpr Pack derivative(Pack {letter}) {{\n"
                      f"    return {derivative};\n  }}\n\n private:\n{constant}}};\n")


def leaky_relu(f):
    slope = -f(-1.0)
    if 0 <= slope < 1:
        return Activation(f"LeakyRelu<{number(slope)}f>"), lambda x: np.where(x > 0, x, slope * x)
    return None


def elu(f):
    alpha = -f(-40.0)
    name = f"Elu{identifier(alpha)}" if alpha > 0 else ""
    return name and (defined(
        name, f"y = x for x > 0, else {number(alpha)} (exp(x) - 1)", "output",
        f"select(x > Pack::zero(), x, number<Pack>({number(alpha)}) * cortexpr::math::expm1(min(Pack::zero(), x)))",
        f"select(y > Pack::zero(), number<Pack>(1), y + number<Pack>({number(alpha)}))"),
        lambda x: np.where(x > 0, x, alpha * negative_expm1(x)))


def celu(f):
    alpha = -f(-40.0)
    name = f"Celu{identifier(alpha)}" if alpha > 0 else ""
    inverse = number(1 / alpha) if alpha > 0 else ""
    return name and (defined(
        name, f"y = x for x > 0, else {number(alpha)} (exp(x / {number(alpha)}) - 1)", "output",
        f"select(x > Pack::zero(), x, number<Pack>({number(alpha)}) * "
        f"cortexpr::math::expm1(min(Pack::zero(), x * number<Pack>({inverse}))))",
        f"select(y > Pack::zero(), number<Pack>(1), fma(y, number<Pack>({inverse}), number<Pack>(1)))"),
        lambda x: np.where(x > 0, x, alpha * np.expm1(np.minimum(x, 0) / alpha)))


def clip(f):
    low, high = f(-40.0), f(40.0)
    if not low < high:
        return None
    bounds = [("lowest", low)] if low > -40 else []
    bounds += [("highest", high)] if high < 40 else []
    limits = ", ".join(f".{name} = {number(value)}f" for name, value in bounds)
    upper = f"min(number<Pack>({number(high)}), " if high < 40 else ""
    value = f"{upper}max(number<Pack>({number(low)}), x)" if low > -40 else f"{upper}x"
    inside = "number<Pack>(1)"
    if high < 40:
        inside = f"select(y < number<Pack>({number(high)}), {inside}, Pack::zero())"
    if low > -40:
        inside = f"select(y > number<Pack>({number(low)}), {inside}, Pack::zero())"
    text = [number(low) if low > -40 else "-inf", number(high) if high < 40 else "inf"]
    name = "Clip" + identifier(*(value for _, value in bounds))
    return (defined(name, f"y = min(max(x, {text[0]}), {text[1]})", "output",
                    value + (")" if upper else ""), inside, f"  static constexpr cortexpr::Clamp clamp{{{limits}}};\n"),
            lambda x: np.clip(x, low if low > -40 else -np.inf, high if high < 40 else np.inf))


def hard_sigmoid(f):
    slope, middle = f(0.5) - f(0.0), f(0.0)
    slope *= 2
    if not (0 < slope and 0 < middle < 1):
        return None
    a, b = number(slope), number(middle)
    return (defined(f"HardSigmoid{identifier(slope, middle)}", f"y = min(max({a} x + {b}, 0), 1)", "output",
                    f"min(number<Pack>(1), max(Pack::zero(), fma(x, number<Pack>({a}), number<Pack>({b}))))",
                    f"select(y > Pack::zero(), select(y < number<Pack>(1), number<Pack>({a}), Pack::zero()), "
                    "Pack::zero())"),
            lambda x: np.clip(slope * x + middle, 0, 1))


def gelu_tanh(_):
    inner = "cortexpr::math::tanh(x * fma(x * x, number<Pack>(0.035677408136300125), number<Pack>(0.7978845608028654)))"
    slope = "fma(x * x, number<Pack>(0.10703222440890037), number<Pack>(0.7978845608028654))"
    return (defined("GeluTanh", "y = x (1 + tanh(sqrt(2 / pi) (x + 0.044715 x^3))) / 2, the approximation", "input",
                    f"number<Pack>(0.5) * x * (number<Pack>(1) + {inner})",
                    f"number<Pack>(0.5) * (number<Pack>(1) + {inner} + x * {slope} *\n"
                    f"        (number<Pack>(1) - {inner} * {inner}))"),
            lambda x: x * (1 + np.tanh(math.sqrt(2 / math.pi) * (x + 0.044715 * x**3))) / 2)


def softsign(_):
    return (defined("Softsign", "y = x / (1 + |x|)", "output", "x / (number<Pack>(1) + max(x, -x))",
                    "(number<Pack>(1) - max(y, -y)) * (number<Pack>(1) - max(y, -y))"), lambda x: x / (1 + np.abs(x)))


GUESSES = (leaky_relu, elu, celu, clip, hard_sigmoid, gelu_tanh, softsign)


def recognise(values):
    """The activation that has these values on the grid, or None."""
    grid, values = GRID.astype(float), np.asarray(values, float)
    if not np.all(np.isfinite(values)):
        return None

    def agrees(function):
        return np.allclose(values, function(grid), rtol=3e-6, atol=3e-6)

    for name, function in FIXED.items():
        if agrees(function):
            return Activation(name)
    for guess in GUESSES:
        found = guess(lambda x: float(values[np.argmin(np.abs(grid - x))]))
        if found and agrees(found[1]):
            return dataclasses.replace(found[0], function=found[1])
    return None


def is_elementwise(graph, node):
    """Whether each element of the output depends on the same element of the inputs, and on no array of constants."""
    return node.op in ELEMENTWISE and all(
        graph.constants[name].size == 1 for name in node.inputs if name in graph.constants)


def evaluate_on_grid(graph, begin, nodes, end):
    rank = len(graph.shape(begin))
    grid = GRID.astype(graph.values[begin].dtype).reshape((1,) * (rank - 1) + (-1,)) if rank else GRID
    return graph.evaluate({begin: grid}, [end], nodes)[0].reshape(-1)


def match_activations(graph):
    """Replaces groups of elementwise nodes by nodes with the operator Activation, the longest groups first."""
    end = len(graph.nodes)
    while end > 0:
        end -= 1
        last = graph.nodes[end]
        if not is_elementwise(graph, last) or not graph.tensors(last):
            continue
        found = longest_match(graph, last)
        if found:
            begin, activation = found
            graph.nodes[end] = Node("Activation", [begin], [last.output], {"activation": activation}, last.name)
            graph.remove_unused()
            end = graph.nodes.index(next(node for node in graph.nodes if last.output in node.outputs))


def longest_match(graph, last):
    """The tensor at which the longest group that ends with a node begins, and the activation that it computes."""
    producers, result = graph.producers(), None
    frontier, inside = set(graph.tensors(last)), 1
    if len(set(graph.shape(name) for name in frontier | {last.output})) > 1:
        return None
    while inside < 16:
        if len(frontier) == 1:
            begin = next(iter(frontier))
            if graph.values[begin].dtype.kind == "f":
                nodes = graph.between(begin, [last.output])
                values = evaluate_on_grid(graph, begin, nodes, last.output)
                activation = recognise(values) if values.size == GRID.size else None
                if activation:
                    result = begin, activation
        following = [name for name in frontier if name in producers and is_elementwise(graph, producers[name])
                     and graph.shape(name) == graph.shape(last.output)]
        if not following:
            return result
        # The tensor that is computed last, so that paths of unequal length meet.
        name = max(following, key=lambda tensor: graph.nodes.index(producers[tensor]))
        frontier = (frontier - {name}) | set(graph.tensors(producers[name]))
        inside += 1
    return result

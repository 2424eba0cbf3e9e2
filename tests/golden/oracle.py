#!/usr/bin/env python3
"""Writes the golden files that PyTorch has not computed: decimal arithmetic of 50 digits, from the definitions alone.

usage: tests/golden/oracle.py

Gradients are central differences, so no formula of a gradient is shared with the library. The same code also computes
what PyTorch has computed in optimizers.txt and layernorm.txt, and stops with an error where the two differ.
"""

import decimal
import pathlib
from decimal import Decimal

DATA = pathlib.Path(__file__).resolve().parent / "data"
STEP = Decimal("1e-15")  # of a difference: its error is of the order of its square
decimal.getcontext().prec = 50


def read(name):
    """{array: (extents, values)} of a golden file."""
    lines = [line for line in (DATA / f"{name}.txt").read_text().splitlines() if line and line[0] != "#"]
    arrays = {}
    for head, values in zip(lines[::2], lines[1::2]):
        array, _, *extents = head.split()
        arrays[array] = [int(extent) for extent in extents], [Decimal(value) for value in values.split()]
    return arrays


def write(name, comment, arrays):
    lines = [f"# {line}" for line in comment]
    for array, (extents, values) in arrays.items():
        lines.append(" ".join(str(word) for word in (array, len(extents), *extents)))
        lines.append(" ".join("%.17g" % value for value in values))
    (DATA / f"{name}.txt").write_text("\n".join(lines) + "\n")


def compare(what, ours, theirs):
    error = max(abs(a - b) for a, b in zip(ours, theirs))
    if len(ours) != len(theirs) or error > Decimal("1e-12"):
        raise SystemExit(f"oracle: {what} differs from PyTorch by {error:.3g}")


def gradient(function, at):
    """The derivatives of function(values) by each of them, at these values."""
    result = []
    for i in range(len(at)):
        above, below = list(at), list(at)
        above[i] += STEP
        below[i] -= STEP
        result.append((function(above) - function(below)) / (2 * STEP))
    return result


# ---- optimizers ---------------------------------------------------------------------------------------------------

ARRAYS = {"W1": [4, 5], "b1": [5], "W2": [5, 3], "b2": [3]}


def tanh(x):
    square = (2 * x).exp()
    return (square - 1) / (square + 1)


def mean_loss(parameters, inputs, labels):
    """Softmax cross entropy of Dense<5, Tanh>, Dense<3>, in the mean over the samples."""
    w1, b1, w2, b2 = parameters[:20], parameters[20:25], parameters[25:40], parameters[40:]
    total = Decimal(0)
    for sample, label in enumerate(labels):
        x = inputs[4 * sample:4 * sample + 4]
        hidden = [tanh(sum(x[k] * w1[5 * k + j] for k in range(4)) + b1[j]) for j in range(5)]
        logits = [sum(hidden[k] * w2[3 * k + j] for k in range(5)) + b2[j] for j in range(3)]
        total += sum(logit.exp() for logit in logits).ln() - logits[int(label)]
    return total / len(labels)


def sgd(p, g, state, rate, decay, step):
    return p - rate * (g + decay * p)


def momentum(p, g, state, rate, decay, step):
    state["v"] = Decimal("0.9") * state.get("v", 0) + rate * (g + decay * p)
    return p - state["v"]


def nesterov(p, g, state, rate, decay, step):
    g += decay * p
    state["v"] = Decimal("0.9") * state.get("v", 0) + rate * g
    return p - (Decimal("0.9") * state["v"] + rate * g)


def adagrad(p, g, state, rate, decay, step):
    g += decay * p
    state["s"] = state.get("s", 0) + g * g
    return p - rate * g / (state["s"].sqrt() + Decimal("1e-10"))


def rmsprop(p, g, state, rate, decay, step):
    g += decay * p
    state["v"] = Decimal("0.99") * state.get("v", 0) + Decimal("0.01") * g * g
    return p - rate * g / (state["v"].sqrt() + Decimal("1e-8"))


def adam(p, g, state, rate, decay, step):
    g += decay * p
    state["m"] = Decimal("0.9") * state.get("m", 0) + Decimal("0.1") * g
    state["v"] = Decimal("0.999") * state.get("v", 0) + Decimal("0.001") * g * g
    mean, square = state["m"] / (1 - Decimal("0.9") ** step), state["v"] / (1 - Decimal("0.999") ** step)
    return p - rate * mean / (square.sqrt() + Decimal("1e-8"))


def adamw(p, g, state, rate, decay, step):
    return adam(p * (1 - rate * decay), g, state, rate, 0, step)


def train(name, rule, rate, decay):
    """The arrays of a golden file: loss before each of three steps, parameters after each."""
    inputs, labels = (read("mlp_inputs")[array][1] for array in ("X", "labels"))
    start = read("optimizers")
    parameters = [value for array in ARRAYS for value in start[f"init_{array}"][1]]
    states = [{} for _ in parameters]
    losses, arrays = [], {}
    for step in (1, 2, 3):
        losses.append(mean_loss(parameters, inputs, labels))
        slopes = gradient(lambda values: mean_loss(values, inputs, labels), parameters)
        parameters = [rule(p, g, state, Decimal(rate), Decimal(decay), step)
                      for p, g, state in zip(parameters, slopes, states)]
        rest = list(parameters)
        for array, extents in ARRAYS.items():
            size = extents[0] * (extents[1] if len(extents) > 1 else 1)
            arrays[f"{name}_s{step}_{array}"] = extents, rest[:size]
            del rest[:size]
    return {f"{name}_loss": ([3], losses), **arrays}


def optimizers():
    known = read("optimizers")
    for case in (("sgd_wd", sgd, "0.1", "0.1"), ("mom_book", momentum, "0.1", "0"), ("nesterov", nesterov, "0.1", "0"),
                 ("adagrad", adagrad, "0.1", "0"), ("rmsprop", rmsprop, "0.01", "0"), ("adam_l2", adam, "0.01", "0.1"),
                 ("adamw", adamw, "0.01", "0.1")):
        for array, (extents, values) in train(*case).items():
            compare(array, values, known[array][1][:len(values)])
    arrays = {f"init_{array}": known[f"init_{array}"] for array in ARRAYS}
    for case in (("momentum_wd", momentum, "0.1", "0.1"), ("nesterov_wd", nesterov, "0.1", "0.1"),
                 ("adagrad_wd", adagrad, "0.1", "0.1"), ("rmsprop_wd", rmsprop, "0.01", "0.1"),
                 ("adamw_default", adamw, "0.01", "0.01")):
        arrays.update(train(*case))
    write("optimizers_with_decay", ["written by tests/golden/oracle.py; the network and the names are those of optimizers.txt",
                                    "*_wd: weight decay 0.1, added to the gradient; rates 0.1, of rmsprop 0.01",
                                    "adamw_default: rate 0.01, weight decay 0.01, which is the default of AdamW"], arrays)


# ---- normalisation ------------------------------------------------------------------------------------------------

def small_numbers(count, seed, scale):
    """Numbers in (-scale, scale) with three digits, without a pattern."""
    for _ in range(count):
        seed = (1103515245 * seed + 12345) % 2 ** 31
        yield Decimal(seed % 1999 - 999) * scale / 1000


def normalize(values, centred, epsilon):
    mean = sum(values) / len(values) if centred else Decimal(0)
    variance = sum((value - mean) ** 2 for value in values) / len(values)
    return [(value - mean) / (variance + epsilon).sqrt() for value in values]


def group_norm(x, scale, shift, shape, groups, epsilon):
    """x [B, C, size of a channel]"""
    batch, channels, size = shape
    group = channels // groups * size
    normalized = []
    for begin in range(0, batch * channels * size, group):
        normalized += normalize(x[begin:begin + group], True, epsilon)
    return [value * scale[i // size % channels] + shift[i // size % channels] for i, value in enumerate(normalized)]


def row_norm(x, scale, shift, centred, epsilon):
    """x [rows, features]"""
    features, normalized = len(scale), []
    for begin in range(0, len(x), features):
        normalized += normalize(x[begin:begin + features], centred, epsilon)
    return [value * scale[i % features] + shift[i % features] for i, value in enumerate(normalized)]


def all_gradients(layer, x, scale, shift, upstream):
    """Y, dX, dscale and dshift of the sum of Y times upstream."""
    def weighted(*arguments):
        return sum(y * u for y, u in zip(layer(*arguments), upstream))
    return (layer(x, scale, shift), gradient(lambda v: weighted(v, scale, shift), x),
            gradient(lambda v: weighted(x, v, shift), scale), gradient(lambda v: weighted(x, scale, v), shift))


def normalization():
    known = {array: values for array, (_, values) in read("layernorm").items()}
    results = all_gradients(lambda x, scale, shift: row_norm(x, scale, shift, True, Decimal("1e-5")), known["X"],
                            known["gamma"], known["beta"], known["U"])
    for array, values in zip(("Y", "dX", "dgamma", "dbeta"), results):
        compare(f"layernorm {array}", values, known[array])

    # Inputs whose variance is near epsilon, so that epsilon counts.
    comment = ["written by tests/golden/oracle.py; L = sum(Y*U); inputs are small, so that epsilon counts"]
    for name, shape, groups, epsilon in (("group", (2, 4, 6), 2, "1e-5"), ("group3", (2, 6, 3), 3, "1e-3")):
        size = shape[0] * shape[1] * shape[2]
        x, u = list(small_numbers(size, 1, Decimal("0.01"))), list(small_numbers(size, 2, Decimal(2)))
        scale, shift = list(small_numbers(shape[1], 3, Decimal(2))), list(small_numbers(shape[1], 4, Decimal(1)))
        y, dx, dscale, dshift = all_gradients(
            lambda x, scale, shift: group_norm(x, scale, shift, shape, groups, Decimal(epsilon)), x, scale, shift, u)
        comment.append(f"{name}: [B, C, size] = {shape}, {groups} groups, epsilon {epsilon}")
        arrays = {} if name == "group" else arrays
        for array, extents, values in (("X", shape, x), ("U", shape, u), ("scale", shape[1:2], scale),
                                       ("shift", shape[1:2], shift), ("Y", shape, y), ("dX", shape, dx),
                                       ("dscale", shape[1:2], dscale), ("dshift", shape[1:2], dshift)):
            arrays[f"{name}_{array}"] = extents, values
    x, u = list(small_numbers(30, 5, Decimal("0.01"))), list(small_numbers(30, 6, Decimal(2)))
    scale = list(small_numbers(5, 7, Decimal(2)))
    for name, epsilon in (("rms", "1e-5"), ("rms3", "1e-3")):
        y, dx, dscale, _ = all_gradients(lambda x, scale, shift: row_norm(x, scale, shift, False, Decimal(epsilon)), x,
                                         scale, [Decimal(0)] * 5, u)
        comment.append(f"{name}: root mean square of rows of 5, epsilon {epsilon}")
        for array, extents, values in (("X", (6, 5), x), ("U", (6, 5), u), ("scale", (5,), scale), ("Y", (6, 5), y),
                                       ("dX", (6, 5), dx), ("dscale", (5,), dscale)):
            arrays[f"{name}_{array}"] = extents, values
    write("normalization", comment, arrays)


# ---- pooling ------------------------------------------------------------------------------------------------------

def largest_of_windows(x, upstream, image, kernel, stride, padding):
    """The maxima of the windows of images [size of a batch and channels, H, W], and the gradient: the upstream gradient of
    each window goes to its largest element, the first of several. padding: top, bottom, left, right."""
    height, width = image
    top, bottom, left, right = padding
    rows = (height + top + bottom - kernel[0]) // stride + 1
    columns = (width + left + right - kernel[1]) // stride + 1
    y, dx = [], [Decimal(0)] * len(x)
    for begin in range(0, len(x), height * width):
        for row in range(rows):
            for column in range(columns):
                window = [(x[begin + r * width + c], begin + r * width + c)
                          for r in range(row * stride - top, row * stride - top + kernel[0]) if 0 <= r < height
                          for c in range(column * stride - left, column * stride - left + kernel[1]) if 0 <= c < width]
                value, place = max(window, key=lambda entry: entry[0])  # the first of equal ones
                dx[place] += upstream[len(y)]
                y.append(value)
    return y, dx


def pooling():
    known = {array: values for array, (_, values) in read("pooling").items()}
    u = known["max3s2p1_U"]
    y, dx = largest_of_windows(known["X"], u, (6, 6), (3, 3), 2, (1, 1, 1, 1))
    compare("pooling Y", y, known["max3s2p1_Y"])
    compare("pooling dX", dx, known["max3s2p1_dX"])

    places = sorted(range(144), key=list(small_numbers(144, 8, Decimal(1000))).__getitem__)
    x = [Decimal(-1 - place) / 100 for place in places]
    arrays = {"X": ([2, 2, 6, 6], x)}
    for name, image, kernel, stride, padding, outputs in (
            ("max3s1p1", (6, 6), (3, 3), 1, (1, 1, 1, 1), (2, 2, 6, 6)),
            ("max3s2p1021", (6, 6), (3, 3), 2, (1, 0, 2, 1), (2, 2, 3, 4)),
            ("max3s1p1_sequence", (1, 18), (1, 3), 1, (0, 0, 1, 1), (2, 4, 18))):
        size = 1
        for extent in outputs:
            size *= extent
        u = list(small_numbers(size, 9, Decimal(2)))
        y, dx = largest_of_windows(x, u, image, kernel, stride, padding)
        arrays[f"{name}_U"] = outputs, u
        arrays[f"{name}_Y"] = outputs, y
        arrays[f"{name}_dX"] = (2, 2, 6, 6), dx
    arrays["ties_X"] = [2, 2, 6, 6], [Decimal(-1 - place % 3) for place in places]
    for name, kernel, stride, padding, outputs in (("ties2", (2, 2), 2, (0, 0, 0, 0), (2, 2, 3, 3)),
                                                   ("ties3s1p1", (3, 3), 1, (1, 1, 1, 1), (2, 2, 6, 6))):
        u = list(small_numbers(4 * outputs[2] * outputs[3], 9, Decimal(2)))
        y, dx = largest_of_windows(arrays["ties_X"][1], u, (6, 6), kernel, stride, padding)
        arrays[f"{name}_U"] = outputs, u
        arrays[f"{name}_Y"] = outputs, y
        arrays[f"{name}_dX"] = (2, 2, 6, 6), dx
    write("pooling_of_negatives", ["written by tests/golden/oracle.py; all elements of X are negative and no two are equal",
                                   "max3s1p1: 3x3, stride 1, padding 1; max3s2p1021: stride 2, padding top 1, left 2, "
                                   "right 1; max3s1p1_sequence: X as sequences [2, 4, 18], kernel 3, stride 1, padding 1",
                                   "ties_X has three values; ties2: 2x2, stride 2; ties3s1p1: 3x3, stride 1, padding 1; "
                                   "the gradient goes to the first of equal elements"],
          arrays)


optimizers()
normalization()
pooling()

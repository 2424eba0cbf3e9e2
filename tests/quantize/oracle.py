"""Quantized inference once more, from its definition, with whole numbers of any size: an oracle for the library's.

usage: oracle.py PRINT_NETWORKS

A real number is scale (value - zero point), with an int8 value. A sum of products becomes an int8 value by a factor times a
power of two, rounded once, halves upwards (Jacob et al., 2018, with TFLite's single rounding). The program prints each
network's integers, without the quantizations of input and output.
"""

import subprocess
import sys
from fractions import Fraction


def rounded(number):
    return (2 * number.numerator + number.denominator) // (2 * number.denominator)


def clamp(value, lowest=-128, highest=127):
    return max(lowest, min(highest, value))


class Integers:
    """The integers of a network, in order."""

    def __init__(self, values):
        self.values = values
        self.taken = 0

    def take(self, count=None):
        begin = self.taken
        self.taken += 1 if count is None else count
        return self.values[begin] if count is None else self.values[begin:self.taken]

    def product(self, outputs, elements):
        weights = [self.take(elements) for _ in range(outputs)]
        back = [(self.take(), Fraction(self.take(), 2**32)) for _ in range(outputs)]
        sum_shift, shift = divmod(self.take(), 32)
        zero, output_zero, lowest, highest = self.take(4)

        def value(output, seen):
            bias, factor = back[output]
            total = (sum(w * x for w, x in zip(weights[output], seen, strict=True)) << sum_shift) + bias
            # The library keeps the upper half of the product, which changes nothing where the shift is 1 or more.
            return clamp(rounded(total * factor / 2**shift) + output_zero, lowest, highest)

        return value, zero

    def mean(self):
        factor, shifts, zero, output_zero = Fraction(self.take(), 2**32), self.take(), self.take(), self.take()
        sum_shift, shift = divmod(shifts + 4 * 32, 32)  # sums of few elements are shifted by 4 bits at least
        return lambda seen: clamp(rounded((sum(x - zero for x in seen) << sum_shift) * factor / 2**shift) + output_zero)

    def merge(self, branches):
        parts = [(Fraction(self.take()), self.take(), self.take()) for _ in range(branches)]
        output_zero = self.take()

        def value(*values):
            exact = sum((x - zero) * factor / 2**shift for x, (factor, shift, zero) in present(parts, values))
            return clamp(rounded(exact) + output_zero)

        return value


def present(parts, values):
    """The values that are not None, each with its part."""
    return [(x, part) for x, part in zip(values, parts, strict=True) if x is not None]


def dense(integers, x, outputs):
    value, _ = integers.product(outputs, len(x))
    return [value(output, x) for output in range(outputs)]


def windows(channels, size, kernel, stride, before, after, dilation=1):
    """For each channel and position of the window, the indices of the input in it, None for padding."""
    positions = [(size[i] + before[i] + after[i] - dilation * (kernel[i] - 1) - 1) // stride + 1 for i in (0, 1)]

    def seen(channel, y, x):
        for i in range(kernel[0]):
            for j in range(kernel[1]):
                row, column = y * stride + i * dilation - before[0], x * stride + j * dilation - before[1]
                inside = 0 <= row < size[0] and 0 <= column < size[1]
                yield (channel * size[0] + row) * size[1] + column if inside else None

    return [[[list(seen(c, y, x)) for x in range(positions[1])] for y in range(positions[0])] for c in range(channels)]


def convolve(integers, values, channels, filters, groups, size, kernel, **window):
    elements = channels // groups * kernel[0] * kernel[1]
    value, zero = integers.product(filters, elements)
    see = windows(channels, size, kernel, **window)
    result = []
    for f in range(filters):
        first = f // (filters // groups) * (channels // groups)
        for y in range(len(see[0])):
            for x in range(len(see[0][0])):
                indices = [i for c in range(first, first + channels // groups) for i in see[c][y][x]]
                result.append(value(f, [zero if i is None else values[i] for i in indices]))
    return result


def pool(values, reduction, **window):
    return [reduction([values[i] for i in seen if i is not None])
            for channel in windows(**window) for row in channel for seen in row]


def residual(integers, x):
    y = dense(integers, x, 12)
    return list(map(integers.merge(2), y, x))


def concat(integers, x):
    y = dense(integers, x, 5)
    value = integers.merge(2)
    return [value(a, None) for a in x] + [value(None, b) for b in y]


def time_distributed(integers, x):
    value, _ = integers.product(5, 4)
    merge = integers.merge(1)
    return [merge(value(output, x[step : step + 4])) for step in (0, 4, 8) for output in range(5)]


def table(integers, x):
    y = dense(integers, x, 6)
    entries = integers.take(256)
    return [entries[value + 128] for value in y]


NETWORKS = {
    "dense": lambda integers, x: dense(integers, dense(integers, x, 9), 3),
    "outlier": lambda integers, x: dense(integers, dense(integers, x, 9), 3),
    "relu6": lambda integers, x: dense(integers, x, 5),
    "table": table,
    "conv2d": lambda integers, x: convolve(
        integers, x, channels=4, filters=6, groups=2, size=(7, 6), kernel=(3, 2), stride=2, before=(1, 0), after=(1, 0)),
    "dilated": lambda integers, x: convolve(
        integers, x, channels=2, filters=3, groups=1, size=(7, 6), kernel=(3, 3), stride=1, before=(1, 1), after=(1, 1), dilation=2),
    "depthwise": lambda integers, x: convolve(
        integers, x, channels=3, filters=6, groups=3, size=(7, 6), kernel=(3, 3), stride=1, before=(1, 1), after=(1, 1)),
    "max_pool": lambda _, x: pool(x, max, channels=3, size=(6, 6), kernel=(2, 2), stride=2, before=(0, 0), after=(0, 0)),
    "avg_pool": lambda integers, x: pool(
        x, integers.mean(), channels=3, size=(6, 6), kernel=(3, 3), stride=2, before=(0, 0), after=(1, 1)),
    "global_avg_pool": lambda integers, x: list(map(integers.mean(), [x[:30], x[30:60], x[60:]])),
    "residual": residual,
    "concat": concat,
    "time_distributed": time_distributed,
}


def main(program):
    lines = subprocess.run([program], capture_output=True, text=True, check=True).stdout.splitlines()
    wrong, seen = 0, set()
    for name, serialized, values, printed in zip(*[iter(lines)] * 4, strict=True):
        integers = Integers([int(word) for word in serialized.split()])
        expected = NETWORKS[name](integers, [int(word) for word in values.split()])
        found = [int(word) for word in printed.split()]
        seen.add(name)
        if expected != found or integers.taken != len(integers.values):
            wrong += 1
            at = next((i for i, pair in enumerate(zip(expected, found)) if pair[0] != pair[1]), None)
            unlike = "the outputs are right" if at is None else f"output {at}: expected {expected[at]}, found {found[at]}"
            print(f"{name}: {unlike}; {integers.taken} of {len(integers.values)} integers used")
    if seen != NETWORKS.keys():
        sys.exit(f"not printed: {NETWORKS.keys() - seen}")
    print(f"{len(lines) // 4} inferences, {wrong} wrong")
    return wrong > 0


sys.exit(main(*sys.argv[1:]))

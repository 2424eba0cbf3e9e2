"""The integers of the policies of rounding, as cortexpr::rounding has them, for the scales of a .tflite file."""

import math

import numpy as np

INT32_MAX = 2**31 - 1


def bits(number):
    return int(np.float32(number).view(np.int32))


def quantized_multiplier(number):
    """factor and exponent: number = factor 2^(exponent - 31)."""
    if number <= 0:
        return [0, 0]
    fraction, exponent = math.frexp(min(number, 256.0))
    factor = math.floor(fraction * 2**31 + 0.5)
    if factor == 2**31:
        factor, exponent = factor // 2, exponent + 1
    return [factor, exponent] if exponent >= -31 else [0, 0]


class Xnnpack:
    """A product: (biases, [integers of each output], shared integers)."""
    cpp = "xnnpack"

    def products(self, source, weight, result, weights, bias):
        multipliers = np.broadcast_to(np.minimum(np.float32(source) * weight / np.float32(result), 256), bias.shape)
        return bias, [[bits(multiplier)] for multiplier in multipliers], []

    def mean(self, _source, _result, count):
        return [count, 0, 0], []  # the multiplier is for means with another scale

    def merge(self, scales, result):
        ratios = [np.float32(scale) / np.float32(result) for scale in scales]
        shift = 20 - math.floor(math.log2(float(max(ratios))))
        return [[int(np.rint(np.ldexp(np.float64(ratio), shift))), shift] for ratio in ratios]


class Reference(Xnnpack):
    cpp = "tflite_reference"

    def products(self, source, weight, result, weights, bias):
        multipliers = np.broadcast_to(float(source) * weight.astype(np.float64) / float(result), bias.shape)
        return bias, [quantized_multiplier(float(multiplier)) for multiplier in multipliers], []

    def merge(self, scales, result):
        twice = 2 * max(map(float, scales))
        total = quantized_multiplier(twice / ((1 << 20) * float(result)))
        return [quantized_multiplier(float(scale) / twice) + total for scale in scales]


class Own(Xnnpack):
    """Fixed-point factors with one shift for all outputs (FixedPointScales)."""
    cpp = "own"

    @staticmethod
    def shift_of_sum(multiplier, least):
        result = least
        while result < 10 and multiplier >= 0.25 * (1 << result):
            result += 1
        return result

    @staticmethod
    def scales(multipliers, sum_shift, least):
        unit, shift = 1.0 / (1 << sum_shift), 1
        scaled = max(multipliers) * unit * 2.0**33
        while scaled < 2.0**30 and shift < 22:
            scaled, shift = scaled * 2, shift + 1
        factors = [min(int(multiplier * unit * 2.0**32 * (1 << shift) + 0.5), INT32_MAX) for multiplier in multipliers]
        return factors, [shift + 32 * (sum_shift - least)]

    def products(self, source, weight, result, weights, bias):
        multipliers = np.broadcast_to(float(source) * weight.astype(np.float64) / float(result), bias.shape)
        sum_shift = self.shift_of_sum(max(multipliers), 0)
        largest = max(1, int((255 * np.abs(weights.astype(np.int64)).sum(1)).max()))
        while sum_shift > 0 and largest << sum_shift > 1 << 30:
            sum_shift -= 1
        factors, shared = self.scales([float(m) for m in multipliers], sum_shift, 0)
        return bias << sum_shift, [[factor] for factor in factors], shared

    def mean(self, source, result, count):
        most = 0
        while most < 22 and 255 * count << (most + 1) <= INT32_MAX:
            most += 1
        least = min(most, 4)
        multiplier = float(np.float32(source) / np.float32(count)) / float(result)
        factors, shared = self.scales([multiplier], min(self.shift_of_sum(multiplier, least), most), least)
        # LiteRT rounds the halves of negative means downwards, and after ReLU most means are negative int8 values. The next
        # smaller factor does so.
        return [factors[0] - 1], shared

    def merge(self, scales, result):
        ratios, shift = [float(scale) / float(result) for scale in scales], 20
        while shift > 1 and max(ratios) * len(ratios) * 256 * (1 << shift) >= 2.0**30:
            shift -= 1
        return [[int(ratio * (1 << shift) + 0.5), shift] for ratio in ratios]


POLICIES = {"own": Own(), "xnnpack": Xnnpack(), "tflite_reference": Reference()}

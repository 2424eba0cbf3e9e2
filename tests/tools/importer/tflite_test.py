"""The layers that .tflite files become, and the files that are refused: with one line, never a traceback."""

import pathlib
import random
import tempfile
import unittest

import numpy as np

from models import run
from tflite_models import NONE, RELU, RELU6, SAME, VALID, TfliteModel, int8, with_every_operator

from importer import tflite_import


class Tflite(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.path = pathlib.Path(folder.name, "model.tflite")

    def layers(self, model):
        self.path.write_bytes(model.contents())
        network = tflite_import.network_of(self.path, "xnnpack")
        return ", ".join(layer.text() for layer in network.layers).replace("cortexpr::", "")

    def errors(self, contents):
        """What the importer writes to stderr, '' for a file that it takes."""
        self.path.write_bytes(contents)
        status, errors = run(self.path, "--name", "n", "--out", self.path.with_suffix(".hpp"))
        self.assertEqual((status, errors.count("\n")), (1, 1) if errors else (0, 0), errors)
        return errors

    def refused(self, model, *words):
        errors = self.errors(model.contents())
        for word in ("error: model.tflite: ", *words):
            self.assertIn(word, errors)


class Layers(Tflite):
    def test_all_operators(self):
        self.assertEqual(self.layers(with_every_operator()),
                         "Permute<2, 0, 1>, Conv2D<4, 3, Stride<2>, Same, Relu>, Residual<Conv2D<4, 1>>, "
                         "DepthwiseConv2D<KernelSize{3, 2}, Multiplier<2>, Relu6>, AvgPool2D<KernelSize{2, 1}>, Flatten, "
                         "Dense<40>")

    def test_the_padding_of_an_even_extent_with_a_stride(self):
        model = TfliteModel(1, 8, 8, 1)
        model.conv(0, 2, (3, 3), 2, SAME, (1, 4, 4, 2))
        model.dense(3)
        self.assertEqual(self.layers(model), "Reshape<1, 8, 8>, Conv2D<2, 3, Stride<2>, Same>, Flatten, Dense<3>")

    def test_the_padding_of_means_is_left_away_where_there_is_none(self):
        model = TfliteModel(1, 4, 4, 2, zero=-128)
        model.add("AVERAGE_POOL_2D", gives=(1, 1, 1, 2), zero=-128, filterHeight=4, filterWidth=4, strideH=4, strideW=4,
                  padding=SAME)
        model.dense(3)
        self.assertEqual(self.layers(model), "Permute<2, 0, 1>, GlobalAvgPool, Dense<3>")

    def test_real_numbers_outside(self):
        model = TfliteModel(1, 6, kind=np.float32)
        model.add("QUANTIZE", gives=(1, 6))
        model.dense(3)
        model.add("DEQUANTIZE", gives=(1, 3), result=np.float32)
        self.assertEqual(self.layers(model), "Dense<3>")

    def test_bytes_outside(self):
        for zero, taken in ((125, True), (100, False)):
            model = TfliteModel(1, 6, kind=np.uint8, zero=zero)
            model.add("QUANTIZE", gives=(1, 6))
            model.dense(3)
            if taken:
                self.assertEqual(self.layers(model), "Dense<3>")
            else:
                self.refused(model, "operator 0 (QUANTIZE)")


class Refusals(Tflite):
    def test_operators_that_are_not_supported(self):
        model = TfliteModel(1, 4, 4, 2)
        model.conv(0, 2, (3, 3), 1, SAME, (1, 4, 4, 2))
        model.add("MAX_POOL_2D", gives=(1, 2, 2, 2), filterHeight=2, filterWidth=2, strideH=2, strideW=2, padding=VALID)
        self.refused(model, "operator 1 (MAX_POOL_2D)", "the importer takes ADD, AVERAGE_POOL_2D")

    def test_models_in_float(self):
        model = TfliteModel(1, 6, kind=np.float32)
        weight = model.constant(np.ones((3, 6), np.float32))
        model.add("FULLY_CONNECTED", 0, weight, gives=(1, 3), result=np.float32)
        self.refused(model, "'t1' has the type FLOAT32", "full integer quantization")

    def test_models_with_weights_alone_in_8_bits(self):
        model = TfliteModel(1, 6, kind=np.float32)
        model.add("FULLY_CONNECTED", 0, int8(3, 6), gives=(1, 3), result=np.float32)
        self.refused(model, "operator 0 (FULLY_CONNECTED)", "'t0' has the type FLOAT32")

    def test_weights_with_a_zero_point(self):
        model = TfliteModel(1, 6)
        model.add("FULLY_CONNECTED", 0, model.constant(int8(3, 6), zero=4), gives=(1, 3))
        self.refused(model, "operator 0 (FULLY_CONNECTED)", "symmetric")

    def test_activations_of_means_and_sums(self):
        for activation, scale, zero, taken in ((RELU, 0.02, -3, False), (RELU6, 0.02, -128, True),
                                               (RELU6, 0.03, -128, False), (NONE, 0.02, -3, True)):
            for kind, inputs, options in (
                    ("AVERAGE_POOL_2D", [0], {"filterHeight": 1, "filterWidth": 1, "strideH": 1, "strideW": 1,
                                              "padding": VALID}), ("ADD", [0, 0], {})):
                with self.subTest(kind=kind, activation=activation, scale=scale):
                    model = TfliteModel(1, 2, 2, 3, scale=scale, zero=zero)
                    model.add(kind, *inputs, gives=(1, 2, 2, 3), scale=scale, zero=zero,
                              fusedActivationFunction=activation, **options)
                    model.dense(2)
                    if taken:
                        self.assertIn("Dense<2>", self.layers(model))
                    else:
                        self.refused(model, f"operator 0 ({kind})", "activation")

    def test_sums_of_unlike_shapes(self):
        model = TfliteModel(1, 2, 2, 3)
        mean = model.add("AVERAGE_POOL_2D", gives=(1, 1, 1, 3), filterHeight=2, filterWidth=2, strideH=1, strideW=1,
                         padding=VALID)
        model.add("ADD", 0, mean, gives=(1, 2, 2, 3))
        self.refused(model, "operator 1 (ADD)", "unlike shapes")

    def test_several_samples(self):
        model = TfliteModel(2, 6)
        model.add("FULLY_CONNECTED", 0, int8(3, 6), gives=(2, 3))
        self.refused(model, "batch of 1")

    def test_images_as_output(self):
        model = TfliteModel(1, 4, 4, 2)
        model.conv(0, 2, (3, 3), 1, SAME, (1, 4, 4, 2))
        self.refused(model, "operator 0 (CONV_2D)", "output is an image")

    def test_files_that_are_cut_or_damaged(self):
        for contents in (b"", b"\0" * 40, b"\x1c\0\0\0TFL3", b"\x1c\0\0\0TFL3" + b"\xff" * 60):
            self.assertIn("model.tflite", self.errors(contents))
        contents, chance = with_every_operator().contents(), random.Random(5)
        for _ in range(40):
            self.assertIn("model.tflite", self.errors(contents[:chance.randrange(len(contents) - 8)]))
        for _ in range(160):
            damaged = bytearray(contents)
            damaged[chance.randrange(len(damaged))] ^= 1 << chance.randrange(8)
            self.errors(bytes(damaged))


if __name__ == "__main__":
    unittest.main()

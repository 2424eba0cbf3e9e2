"""Each operator that the importer takes, and what it becomes. The importer compares the outputs itself: network_of
refuses a network that differs from onnx.reference, so these tests look at the types."""

import unittest

import numpy as np
import onnx

from models import Model, indices, random


class Products(unittest.TestCase):
    def test_gemm_with_transposed_weight_and_factors(self):
        model = Model(1, 4)
        model.add("Gemm", "x", random(3, 4), random(3), transB=1, alpha=0.5, beta=2.0)
        self.assertEqual(model.layers(), "Dense<3>")

    def test_matrix_product_with_bias_of_each_step(self):
        model = Model("batch", 5, 4)
        model.add("Add", model.add("MatMul", "x", random(4, 3)), random(3))
        self.assertEqual(model.layers(), "TimeDistributed<Dense<3>>")

    def test_a_constant_on_the_left_is_a_convolution(self):
        model = Model(1, 4, 6)
        model.add("MatMul", random(3, 4), "x")
        self.assertEqual(model.layers(), "Conv1D<3, 1>")

    def test_a_permutation_before_a_dense_layer_reorders_its_weight(self):
        model = Model(1, 4, 3, 2)
        model.add("Gemm", model.add("Flatten", model.add("Transpose", "x", perm=[0, 3, 1, 2])), random(24, 5))
        self.assertEqual(model.layers(), "Flatten, Dense<5>")


class Windows(unittest.TestCase):
    def test_padding(self):
        for pads, text in (([1, 1, 1, 1], "Same"), ([0, 1, 2, 1], "Padding<0, 2, 1, 1>"), ([0, 0, 0, 0], ""),
                           ([2, 1, 2, 1], "Padding<2, 1>"), ([2, 2, 2, 2], "Padding<2>")):
            model = Model(1, 2, 7, 6)
            model.add("Conv", "x", random(4, 2, 3, 3), random(4), pads=pads)
            self.assertEqual(model.layers(), f"Conv2D<4, 3{', ' if text else ''}{text}>")

    def test_auto_pad_with_stride(self):
        for mode, text in (("SAME_UPPER", "Same"), ("SAME_LOWER", "Padding<1, 0, 1, 0>"), ("VALID", "")):
            model = Model(1, 2, 8, 6)
            model.add("Conv", "x", random(4, 2, 3, 3), random(4), auto_pad=mode, strides=[2, 2])
            self.assertEqual(model.layers(), f"Conv2D<4, 3, Stride<2>{', ' if text else ''}{text}>")

    def test_groups_and_dilation(self):
        model = Model(1, 4, 9, 9)
        model.add("Conv", "x", random(6, 2, 3, 2), group=2, dilations=[2, 3])
        self.assertEqual(model.layers(), "Conv2D<6, KernelSize{3, 2}, Dilation<2, 3>, Groups<2>>")

    def test_depthwise_with_multiplier(self):
        model = Model(1, 3, 5, 5)
        model.add("Conv", "x", random(6, 1, 3, 3), group=3)
        self.assertEqual(model.layers(), "DepthwiseConv2D<3, Multiplier<2>>")

    def test_a_pad_node_becomes_the_padding_of_the_convolution(self):
        model = Model(1, 2, 9)
        model.add("Conv", model.add("Pad", "x", indices(0, 0, 4, 0, 0, 0)), random(3, 2, 3), dilations=[2])
        self.assertEqual(model.layers(), "Conv1D<3, 3, Causal, Dilation<2>>")

    def test_a_pad_node_before_a_pool_stays(self):
        model = Model(1, 2, 4, 5)
        padded = model.add("Pad", "x", indices(0, 0, 1, 0, 0, 0, 1, 1))
        model.add("MaxPool", padded, kernel_shape=[2, 2], strides=[2, 2])
        self.assertEqual(model.layers(), "ZeroPad2D<1, 1, 0, 1>, MaxPool2D<2>")

    def test_pools(self):
        for op, attributes, text in (
                ("MaxPool", {"kernel_shape": [3, 3], "strides": [2, 2], "pads": [1, 1, 1, 1]},
                 "MaxPool2D<3, Stride<2>, Same>"),
                ("MaxPool", {"kernel_shape": [2, 2], "strides": [2, 2], "ceil_mode": 1}, "MaxPool2D<2, Same>"),
                ("AveragePool", {"kernel_shape": [2, 3], "strides": [2, 3]}, "AvgPool2D<KernelSize{2, 3}>"),
                ("AveragePool", {"kernel_shape": [3, 3], "pads": [1, 1, 1, 1], "count_include_pad": 1},
                 "AvgPool2D<3, Stride<1>, Same>"),
                ("GlobalAveragePool", {}, "GlobalAvgPool, Reshape<2, 1, 1>"),
                ("GlobalMaxPool", {}, "MaxPool2D<KernelSize{1, 9}, Stride<1>>, Reshape<2, 1, 7>, "
                 "MaxPool2D<KernelSize{1, 7}, Stride<1>>")):
            model = Model(1, 2, 7, 9)
            model.add(op, "x", **attributes)
            self.assertEqual(model.layers(), text)

    def test_transposed_convolutions(self):
        model = Model(1, 3, 4, 5)
        model.add("ConvTranspose", "x", random(3, 2, 3, 3), random(2), strides=[2, 2], pads=[1, 1, 1, 1],
                  output_padding=[1, 1])
        self.assertEqual(model.layers(), "TransposedConv2D<2, 3, Stride<2>, Padding<1, 0, 1, 0>>")
        model = Model(1, 3, 5)
        model.add("ConvTranspose", "x", random(3, 2, 4), strides=[3])
        self.assertEqual(model.layers(), "Reshape<3, 1, 5>, TransposedConv2D<2, KernelSize{1, 4}, Stride<1, 3>>, "
                         "Reshape<2, 16>")

    def test_pixel_shuffle(self):
        for mode, text in (("CRD", "Reshape<2, 2, 2, 3, 4>, Permute<0, 3, 1, 4, 2>, Reshape<2, 6, 8>"),
                           ("DCR", "Reshape<2, 2, 2, 3, 4>, Permute<2, 3, 0, 4, 1>, Reshape<2, 6, 8>")):
            model = Model(1, 8, 3, 4)
            model.add("DepthToSpace", "x", blocksize=2, mode=mode)
            self.assertEqual(model.layers(), text)

    def test_upsampling(self):
        model = Model(1, 2, 3, 4)
        model.add("Resize", "x", None, np.array([1, 1, 2, 3], np.float32), mode="nearest",
                  coordinate_transformation_mode="asymmetric", nearest_mode="floor")
        self.assertEqual(model.layers(), "Upsample2D<KernelSize{2, 3}>")


class Normalisations(unittest.TestCase):
    def test_batch_norm(self):
        model = Model(1, 3, 4, 4)
        variance = abs(random(3, seed=3)) + 0.5
        model.add("BatchNormalization", "x", random(3), random(3, seed=1), random(3, seed=2), variance, epsilon=1e-3,
                  momentum=0.99)
        self.assertEqual(model.layers(), "BatchNorm<0.01, 0.001>")

    def test_layer_norm_of_steps_and_of_the_whole(self):
        for axis, shape, text in ((-1, (4,), "LayerNorm<>"), (1, (3, 4), "Flatten, LayerNorm<>, Reshape<3, 4>")):
            model = Model(1, 3, 4)
            model.add("LayerNormalization", "x", random(*shape), random(*shape, seed=1), axis=axis)
            self.assertEqual(model.layers(), text)

    def test_layer_norm_of_single_operators(self):
        model = Model(1, 3, 4)
        centred = model.add("Sub", "x", model.add("ReduceMean", "x", indices(-1)))
        variance = model.add("ReduceMean", model.add("Mul", centred, centred), indices(-1))
        deviation = model.add("Sqrt", model.add("Add", variance, np.float32(1e-3)))
        normal = model.add("Div", centred, deviation)
        model.add("Add", model.add("Mul", normal, random(4)), random(4, seed=1))
        self.assertEqual(model.layers(), "LayerNorm<0.001>")

    def test_root_mean_square_norm_of_single_operators(self):
        model = Model(1, 3, 4)
        square = model.add("ReduceMean", model.add("Pow", "x", np.float32(2)), indices(-1))
        root = model.add("Sqrt", model.add("Add", square, np.float32(1e-5)))
        model.add("Mul", model.add("Mul", "x", model.add("Reciprocal", root)), random(4))
        self.assertEqual(model.layers(), "RmsNorm<>")

    def test_group_norm_with_scale_of_each_channel(self):
        model = Model(1, 4, 3, 3)
        y = model.add("Reshape", "x", indices(0, 2, -1))
        y = model.add("InstanceNormalization", y, np.ones(2, np.float32), np.zeros(2, np.float32))
        y = model.add("Reshape", y, indices(1, 4, 3, 3))
        model.add("Add", model.add("Mul", y, random(4, 1, 1)), random(4, 1, 1, seed=1))
        self.assertEqual(model.layers(), "GroupNorm<2>")

    def test_scalings_are_joined_with_the_layer_before_them(self):
        model = Model(1, 3, 4, 4)
        y = model.add("Conv", "x", random(2, 3, 3, 3))
        y = model.add("Mul", model.add("Sub", y, random(1, 2, 1, 1)), random(1, 2, 1, 1, seed=1))
        model.add("Relu", y)
        self.assertEqual(model.layers(), "Conv2D<2, 3, Relu>")

    def test_scaling_of_the_input(self):
        for shape, text in (((), "Reshape<1, 12>, Conv1D<1, 1, Groups<1>>, Reshape<3, 4>"),
                            ((3, 1), "Conv1D<3, 1, Groups<3>>"),
                            ((4,), "Permute<1, 0>, Conv1D<4, 1, Groups<4>>, Permute<1, 0>"),
                            ((3, 4), "Reshape<12, 1>, Conv1D<12, 1, Groups<12>>, Reshape<3, 4>")):
            model = Model(1, 3, 4)
            model.add("Div", model.add("Sub", "x", random(*shape)), abs(random(*shape, seed=1)) + 1)
            self.assertEqual(model.layers(), text)


class Activations(unittest.TestCase):
    def test_single_nodes(self):
        for op, attributes, text in (("Relu", {}, "Relu"), ("LeakyRelu", {"alpha": 0.2}, "LeakyRelu<0.2f>"),
                                     ("Elu", {}, "Elu"), ("Elu", {"alpha": 0.7}, "Elu_0_7"), ("Selu", {}, "Selu"),
                                     ("Celu", {"alpha": 0.5}, "Celu_0_5"), ("Gelu", {}, "Gelu"),
                                     ("Gelu", {"approximate": "tanh"}, "GeluTanh"), ("Softsign", {}, "Softsign"),
                                     ("HardSigmoid", {"alpha": 0.2}, "HardSigmoid_0_2_0_5"), ("Mish", {}, "Mish"),
                                     ("HardSigmoid", {"alpha": 1 / 6}, "HardSigmoid"), ("Softplus", {}, "Softplus")):
            model = Model(1, 5)
            model.add(op, "x", **attributes)
            self.assertEqual(model.layers(), f"Activation<{text}>")

    def test_groups_of_nodes(self):
        half, one = np.float32(0.5), np.float32(1)

        def silu(model):
            model.add("Mul", "x", model.add("Sigmoid", "x"))

        def gelu(model):
            erf = model.add("Erf", model.add("Div", "x", np.float32(np.sqrt(2))))
            model.add("Mul", model.add("Mul", "x", model.add("Add", erf, one)), half)

        def mish(model):
            model.add("Mul", "x", model.add("Tanh", model.add("Softplus", "x")))

        def softplus(model):
            above = model.add("Greater", "x", np.float32(20))
            model.add("Where", above, "x", model.add("Softplus", "x"))

        def relu6(model):
            model.add("Clip", "x", np.float32(0), np.float32(6))

        def hard_swish(model):
            clipped = model.add("Clip", model.add("Add", "x", np.float32(3)), np.float32(0), np.float32(6))
            model.add("Mul", "x", model.add("Div", clipped, np.float32(6)))

        for make, text in ((silu, "Silu"), (gelu, "Gelu"), (mish, "Mish"), (softplus, "Softplus"), (relu6, "Relu6"),
                           (hard_swish, "HardSwish")):
            model = Model(1, 2, 3)
            make(model)
            self.assertEqual(model.layers(), f"Activation<{text}>")

    def test_softmax_along_each_axis(self):
        for axis, text in ((2, "TimeDistributed<Activation<Softmax>>"),
                           (1, "Permute<1, 0>, TimeDistributed<Activation<Softmax>>, Permute<1, 0>")):
            model = Model(1, 3, 4)
            model.add("Softmax", "x", axis=axis)
            self.assertEqual(model.layers(), text)

    def test_softmax_before_opset_13_flattens(self):
        model = Model(1, 3, 4, opset=11)
        model.add("Softmax", "x")
        self.assertEqual(model.layers(), "Flatten, Activation<Softmax>, Reshape<3, 4>")


class Sequences(unittest.TestCase):
    def recurrent(self, op, gates, **attributes):
        model = Model(1, 5, 4)
        steps = model.add("Transpose", "x", perm=[1, 0, 2])
        model.add(op, steps, random(1, gates * 3, 4), random(1, gates * 3, 3), random(1, gates * 6), hidden_size=3,
                  outputs=2, use=1, **attributes)
        return model

    def test_the_last_output(self):
        for op, gates, attributes, text in (("GRU", 3, {"linear_before_reset": 1}, "Gru<3>"), ("GRU", 3, {}, "Gru<3, ResetBefore>"),
                                            ("LSTM", 4, {}, "Lstm<3>"), ("RNN", 1, {}, "SimpleRnn<3>"),
                                            ("RNN", 1, {"activations": ["Relu"]}, "SimpleRnn<3, Relu>")):
            model = self.recurrent(op, gates, **attributes)
            model.add("Reshape", model.last, indices(1, 3))
            self.assertEqual(model.layers(), text)

    def test_an_embedding_and_the_last_step_of_a_sequence(self):
        model = Model("batch", 5, kind=onnx.TensorProto.INT64)
        steps = model.add("Transpose", model.add("Gather", random(7, 4), "x"), perm=[1, 0, 2])
        y = model.add("LSTM", steps, random(1, 12, 4), random(1, 12, 3), hidden_size=3, outputs=3)
        model.add("Gather", model.add("Squeeze", y, indices(1)), np.int64(-1), axis=0)
        self.assertEqual(model.layers(), "Embedding<7, 4>, Lstm<3>")

    def test_the_first_step(self):
        model = Model(1, 5, 4)
        model.add("Gather", "x", np.int64(0), axis=1)
        self.assertEqual(model.layers(), "Permute<1, 0>, AvgPool1D<1, Stride<5>>, Flatten")

    def test_causal_attention(self):
        model, steps, width = Model(1, 4, 6), 4, 3

        def heads(seed):
            y = model.add("Add", model.add("MatMul", "x", random(6, 6, seed=seed)), random(6, seed=seed))
            return model.add("Transpose", model.add("Reshape", y, indices(1, steps, 2, width)), perm=[0, 2, 1, 3])

        query, key, value = heads(1), model.add("Transpose", heads(2), perm=[0, 1, 3, 2]), heads(3)
        scores = model.add("Div", model.add("MatMul", query, key), np.float32(np.sqrt(width)))
        mask = np.triu(np.full((steps, steps), -np.inf, np.float32), 1)
        weights = model.add("Softmax", model.add("Add", scores, mask), axis=-1)
        context = model.add("Transpose", model.add("MatMul", weights, value), perm=[0, 2, 1, 3])
        model.add("MatMul", model.add("Reshape", context, indices(1, steps, 6)), random(6, 6, seed=4))
        self.assertEqual(model.layers(), "MultiHeadAttention<2, Causal>")


class Branches(unittest.TestCase):
    def test_sums_and_concatenations(self):
        model = Model(1, 2, 4, 4)
        a = model.add("Conv", "x", random(3, 2, 1, 1))
        b = model.add("Conv", a, random(3, 3, 3, 3), pads=[1, 1, 1, 1])
        y = model.add("Add", a, b)
        c = model.add("Conv", y, random(2, 3, 1, 1))
        model.add("Concat", y, c, axis=1)
        self.assertEqual(model.layers(), "Conv2D<3, 1>, Residual<Conv2D<3, 3, Same>>, Concat<Sequential<>, "
                         "Conv2D<2, 1>>")

    def test_concatenation_of_features(self):
        model = Model(1, 3, 4)
        model.add("Concat", model.add("Relu", "x"), model.add("Tanh", "x"), axis=2)
        self.assertEqual(model.layers(), "Concat<Sequential<Activation<Relu>, Permute<1, 0>>, "
                         "Sequential<Activation<Tanh>, Permute<1, 0>>>, Permute<1, 0>")

    def test_channels_last_with_and_without_the_permutation(self):
        def model():
            made = Model(1, 5, 6, 2)
            y = made.add("Conv", made.add("Transpose", "x", perm=[0, 3, 1, 2]), random(3, 2, 3, 3))
            y = made.add("Relu", made.add("Transpose", y, perm=[0, 2, 3, 1]))
            made.add("ReduceMean", y, indices(1, 2), keepdims=0)
            return made

        self.assertEqual(model().layers(), "Permute<2, 0, 1>, Conv2D<3, 3, Relu>, GlobalAvgPool")
        network = model().network(channels_first=True)
        self.assertEqual((network.input_shape, network.layers[0].name), ((2, 5, 6), "Conv2D"))


if __name__ == "__main__":
    unittest.main()

"""Files that are no ONNX models: .keras, RTNeural's JSON, and safetensors for a given type."""

import io
import json
import pathlib
import tempfile
import unittest
import zipfile

import h5py
import numpy as np

from models import Model, random, run

from importer import check, keras_reader, rtneural_reader, safetensors, safetensors_reader
from importer.network import network_of


def text_of(network):
    return ", ".join(layer.text() for layer in network.layers).replace("cortexpr::", "")


def outputs_of(network, x):
    return check.run(network.layers, np.asarray(x, np.float64).reshape(network.input_shape)).reshape(-1)


class InFolder(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)

    def refused(self, path, *words, options=()):
        status, errors = run(path, "--name", "n", "--out", self.folder / "n.hpp", *options)
        self.assertEqual((status, errors.count("\n")), (1, 1), errors)
        for word in words:
            self.assertIn(word, errors)


class Keras(InFolder):
    def write(self, layers, weights, kind="Sequential", **config):
        """A file with layers (class name, options) and weights {"dense/vars": [arrays]}."""
        path = self.folder / "model.keras"
        memory = io.BytesIO()
        with h5py.File(memory, "w") as file:
            for group, arrays in weights.items():
                for i, array in enumerate(arrays):
                    file[f"layers/{group}/{i}"] = array
        entries = [{"class_name": name, "config": {"name": f"layer{i}", **options}}
                   for i, (name, options) in enumerate(layers)]
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr("config.json", json.dumps({"class_name": kind, "config": {"layers": entries, **config}}))
            archive.writestr("metadata.json", '{"keras_version": "3.0"}')
            archive.writestr("model.weights.h5", memory.getvalue())
        return path

    def test_two_dense_layers(self):
        first, second, bias = random(4, 3), random(3, 2, seed=1), random(3)
        path = self.write([("InputLayer", {"batch_shape": [None, 4]}), ("Dense", {"units": 3, "activation": "tanh"}),
                           ("Dropout", {}), ("Dense", {"units": 2, "activation": "linear", "use_bias": False})],
                          {"dense/vars": [first, bias], "dense_1/vars": [second]})
        graph, version = keras_reader.read(path)
        network = network_of(graph, "", "")
        self.assertEqual((version, text_of(network)), ("3.0", "Dense<3, Tanh>, Dense<2>"))
        x = random(4, seed=9)
        np.testing.assert_allclose(outputs_of(network, x), np.tanh(x @ first + bias) @ second, rtol=1e-5)

    def test_refusals(self):
        source = ("InputLayer", {"batch_shape": [None, 4]})
        self.refused(self.write([source, ("Lambda", {})], {}), "'layer1' (Lambda)")
        self.refused(self.write([source, ("Dense", {"units": 3})], {"dense/vars": [random(5, 3), random(3)]}),
                     "expected its weight 0 of the shape 4x3, found [5, 3]")
        self.refused(self.write([source, ("Dense", {"units": 3})], {}), "expected 2 weights")
        self.refused(self.write([("InputLayer", {"batch_shape": [None, None, 4]})], {}), "fixed shape")
        self.refused(self.write([source], {}, kind="Custom"), "Custom")


class RtNeural(InFolder):
    def write(self, **model):
        path = self.folder / "model.json"
        path.write_text(json.dumps(model))
        return path

    def test_a_dense_layer_and_a_slope_for_each_channel(self):
        weight, slope = random(2, 3), random(3)
        layers = [{"type": "dense", "activation": "", "weights": [weight.tolist(), [0, 0, 0]]},
                  {"type": "prelu", "activation": "", "weights": [[slope.tolist()]]}]
        path = self.write(in_shape=[None, None, 2], layers=layers)
        network = network_of(rtneural_reader.read(path, (1, 5, 2)), "", "")
        x = random(5, 2, seed=4)
        y = x @ weight
        expected = np.where(y > 0, y, slope * y).reshape(-1)
        np.testing.assert_allclose(outputs_of(network, x), expected, rtol=1e-5, atol=1e-6)
        self.assertEqual(network_of(rtneural_reader.read(path, None), "", "").input_shape, (64, 2))

    def test_refusals(self):
        self.refused(self.write(in_shape=[None, 1], layers=[{"type": "magic"}]), "layers[0] (magic)")
        self.refused(self.write(in_shape=[None, 1], layers=[{"type": "dense", "weights": [[[1], [2]], [0]]}]), "[1, 1]")
        self.refused(self.write(layers=3), "model.json")
        path = self.folder / "model.json"
        path.write_text('{"in_shape": [null, 1], "layers": [')
        self.refused(path, "cut off")


class Safetensors(InFolder):
    TYPE = ("cx::Network<cx::Input<2, 6, 5>, cx::Residual<cx::Conv2D<2, 3, cx::Same, cx::Relu>>, cx::BatchNorm<>, "
            "cx::Flatten, cx::Dense<4>, cx::Reshape<2, 2>, cx::Gru<3>>")

    def network(self):
        model = Model(1, 2, 6, 5)
        y = model.add("Relu", model.add("Conv", "x", random(2, 2, 3, 3), random(2), pads=[1, 1, 1, 1]))
        y = model.add("BatchNormalization", model.add("Add", y, "x"), random(2), random(2, seed=1), random(2, seed=2),
                      abs(random(2, seed=3)) + 1)
        y = model.add("Gemm", model.add("Flatten", y), random(60, 4), random(4))
        y = model.add("Reshape", y, np.array([2, 1, 2]))
        model.add("GRU", y, random(1, 9, 2), random(1, 9, 3), random(1, 18), hidden_size=3, linear_before_reset=1,
                  outputs=2, use=1)
        model.add("Reshape", model.last, np.array([1, 3]))
        return model.network()

    def test_what_is_written_is_read(self):
        network, path = self.network(), self.folder / "n.safetensors"
        path.write_bytes(safetensors.file_bytes(network))
        self.assertIn("0.0.0.weight", safetensors_reader.tensors_of(path))
        again = safetensors_reader.read(path, self.TYPE, "", "")
        self.assertEqual(text_of(again), text_of(network))
        np.testing.assert_allclose(outputs_of(again, network.inputs[0]), network.outputs[0], rtol=1e-4, atol=1e-5)
        self.assertEqual(run(path, "--name", "n", "--out", self.folder / "n.hpp", "--topology", self.TYPE), (0, ""))
        self.assertIn("using Network = cortexpr::Network<cortexpr::Input<2, 6, 5>", (self.folder / "n.hpp").read_text())

    def test_modules_by_order_by_shape_and_by_name(self):
        def save(**tensors):
            path = self.folder / "n.safetensors"
            header, data = {}, b""
            for name, array in tensors.items():
                begin = len(data)
                data += array.tobytes()
                header[name] = {"dtype": "F32", "shape": list(array.shape), "data_offsets": [begin, len(data)]}
            text = json.dumps(header).encode()
            path.write_bytes(len(text).to_bytes(8, "little") + text + data)
            return path

        first, second = random(4, 4), random(4, 4, seed=1)
        kind = "Network<Input<4>, Dense<4>, Dense<4>>"
        x = random(4, seed=2)
        ordered = save(**{"net.10.weight": second, "net.2.weight": first})
        np.testing.assert_allclose(outputs_of(safetensors_reader.read(ordered, kind, "", ""), x), second @ (first @ x),
                                   rtol=1e-4)
        named = save(**{"b.weight": first, "a.weight": second})
        self.refused(named, "not clear", options=["--topology", kind])
        made = safetensors_reader.read(named, kind, "", "", {"0": "b"})
        np.testing.assert_allclose(outputs_of(made, x), second @ (first @ x), rtol=1e-4)
        other = save(**{"b.weight": random(3, 4), "a.weight": random(2, 3)})
        self.assertEqual(text_of(safetensors_reader.read(other, "Network<Input<4>, Dense<3>, Dense<2>>", "", "")),
                         "Dense<3>, Dense<2>")

    def test_types_in_a_header(self):
        path = self.folder / "n.safetensors"
        path.write_bytes(safetensors.file_bytes(self.network()))
        (self.folder / "nets.hpp").write_text(f"namespace nets {{ using Net = {self.TYPE}; }}")
        options = ["--topology", "nets::Net", "--include", "nets.hpp"]
        self.assertEqual(run(path, "--name", "n", "--out", self.folder / "n.hpp", *options), (0, ""))
        self.assertIn('#include "nets.hpp"', (self.folder / "n.hpp").read_text())

    def test_refusals(self):
        path = self.folder / "n.safetensors"
        path.write_bytes(safetensors.file_bytes(self.network()))
        self.refused(path, "--topology")
        for kind, word in (("Network<Input<4>, Dense<2>", "expected a type"), ("Net", "expected Network"),
                           ("Network<Input<4>, Dense<2>>", "expected 1 modules"), ("Network<Dense<2>>", "Input"),
                           ("Network<Input<4>, Magic>", "Magic"),
                           (self.TYPE.replace("Dense<4>", "Dense<5>"), "[5, 60]")):
            self.refused(path, word, options=["--topology", kind])
        contents = path.read_bytes()
        for length in (0, 4, 30, len(contents) // 2, len(contents) - 4):
            path.write_bytes(contents[:length])
            self.refused(path, "n.safetensors", options=["--topology", self.TYPE])


if __name__ == "__main__":
    unittest.main()

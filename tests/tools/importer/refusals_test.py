"""What the importer refuses: one line with the node, the operator and the reason, never a traceback."""

import pathlib
import tempfile
import unittest
import zipfile

import numpy as np
import onnx
from onnx import helper

from models import FLOAT, Model, indices, random, run


class Operators(unittest.TestCase):
    def refused(self, model, *words):
        sentence = model.refusal()
        for word in words:
            self.assertIn(word, sentence)

    def test_operators_without_a_layer(self):
        for op, attributes in (("Sin", {}), ("LogSoftmax", {}), ("LRN", {"size": 3})):
            model = Model(1, 3, 4, 4)
            model.add(op, "x", **attributes)
            self.refused(model, "node 'node0'", f"({op})")
        model = Model(1, 8)
        model.add("TopK", "x", indices(3), outputs=2)
        self.refused(model, "(TopK)", "selection")
        model = Model(1, 4)
        model.add("CumSum", "x", np.array(1))
        self.refused(model, "(CumSum)")

    def test_products_of_computed_tensors(self):
        model = Model(1, 4)
        model.add("Mul", model.add("Gemm", "x", random(4, 4)), model.add("Gemm", "x", random(4, 4, seed=1)))
        self.refused(model, "(Mul)", "two computed tensors")

    def test_random_nodes_and_control_flow(self):
        model = Model(1, 4)
        model.add("Add", "x", model.add("RandomNormalLike", "x"))
        self.refused(model, "random", "model.eval()")
        model = Model(1, 4)
        nodes = [helper.make_node("Identity", ["c"], ["d"]), helper.make_node("Relu", ["a"], ["b"])]
        body = helper.make_graph(nodes, "body",
                                 [helper.make_tensor_value_info("i", onnx.TensorProto.INT64, []),
                                  helper.make_tensor_value_info("c", onnx.TensorProto.BOOL, []),
                                  helper.make_tensor_value_info("a", FLOAT, ())],
                                 [helper.make_tensor_value_info("d", onnx.TensorProto.BOOL, []),
                                  helper.make_tensor_value_info("b", FLOAT, ())])
        model.add("Loop", np.array(3), np.array(True), "x", body=body)
        self.refused(model, "(Loop)", "fixed length")

    def test_pools_that_leave_out_the_padding(self):
        model = Model(1, 2, 6, 6)
        model.add("AveragePool", "x", kernel_shape=[3, 3], pads=[1, 1, 1, 1])
        self.refused(model, "count_include_pad")
        model = Model(1, 2, 6, 6)
        model.add("MaxPool", "x", kernel_shape=[2, 2], dilations=[2, 2])
        self.refused(model, "dilation")

    def test_recurrent_options(self):
        for attributes, word in (({"direction": "reverse", "linear_before_reset": 1}, "reverse"),
                                 ({"clip": 1.0, "linear_before_reset": 1}, "clip")):
            model = Model(5, 1, 4)
            model.add("GRU", "x", random(1, 9, 4), random(1, 9, 3), hidden_size=3, **attributes)
            self.refused(model, "(GRU)", word)
        model = Model(5, 1, 4)
        model.add("GRU", "x", random(1, 9, 4), random(1, 9, 3), None, None, random(1, 1, 3), hidden_size=3,
                  linear_before_reset=1)
        self.refused(model, "initial state")

    def test_a_recurrent_layer_step_by_step(self):
        model, weight = Model(1, 4), random(4, 4)
        model.add("Mul", model.add("Tanh", model.add("MatMul", "x", weight)), np.float32(0.5))
        model.add("Sigmoid", model.add("MatMul", model.last, weight))
        self.refused(model, ".keras")

    def test_branches_that_cross(self):
        model = Model(1, 4)
        a, b = (model.add("Gemm", "x", random(4, 4, seed=seed)) for seed in (1, 2))
        c = model.add("Gemm", model.add("Add", a, b), random(4, 4, seed=3))
        model.add("Add", c, model.add("Gemm", b, random(4, 4, seed=4)))
        self.refused(model, "branches that cross")

    def test_padding_with_other_numbers_and_reflections(self):
        model = Model(1, 2, 4, 4)
        model.add("Pad", "x", indices(0, 0, 1, 1, 0, 0, 1, 1), np.float32(1))
        self.refused(model, "(Pad)", "zeros")
        model = Model(1, 2, 4, 4)
        model.add("Pad", "x", indices(0, 0, 1, 1, 0, 0, 1, 1), mode="reflect")
        self.refused(model, "(Pad)", "zeros")

    def test_weights_that_are_not_finite(self):
        model = Model(1, 2)
        model.add("Gemm", "x", np.full((2, 2), np.nan, np.float32))
        self.refused(model, "finite")

    def test_shapes(self):
        model = Model("batch", "length", 3)
        model.add("Relu", "x")
        self.refused(model, "--input-shape")
        model = Model(4, 3)
        model.add("Relu", "x")
        self.refused(model, "batch of 1")
        model = Model(1, 3)
        model.add("Gemm", "x", random(4, 5))
        self.refused(model, "(Gemm)", "shapes [1, 3], [4, 5]")
        model = Model(1, 3, kind=onnx.TensorProto.FLOAT16)
        model.add("Relu", "x")
        self.refused(model, "float16", "single precision")


class Files(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        self.out = self.folder / "model.hpp"

    def refused(self, path, *words, name="model", out=None):
        status, errors = run(path, "--name", name, "--out", out or self.out)
        self.assertEqual((status, errors.count("\n"), errors[:7]), (1, 1, "error: "), errors)
        for word in words:
            self.assertIn(word, errors)
        self.assertFalse(self.out.exists())

    def write(self, name, contents):
        path = self.folder / name
        path.write_bytes(contents)
        return path

    def dense(self):
        model = Model(1, 4)
        model.add("Gemm", "x", random(4, 300))
        return model.proto()

    def test_a_file_that_is_cut_off_anywhere(self):
        contents = self.dense().SerializeToString()
        for length in (0, 1, 7, len(contents) // 3, len(contents) // 2, len(contents) - 1):
            self.refused(self.write("model.onnx", contents[:length]), "model.onnx")
        self.refused(self.write("model.onnx", b"no model at all" * 9), "model.onnx")

    def test_names_and_paths(self):
        path = self.write("model.onnx", self.dense().SerializeToString())
        self.refused(path, "--name", name="no-name")
        self.refused(path, "--name", name="class")
        self.refused(path, "cannot be written", out=self.folder / "nowhere" / "model.hpp")
        self.refused(self.folder / "none.onnx", "no such file")
        self.refused(self.write("model.pt", b""), ".pt")

    def test_a_header_is_written_for_what_is_right(self):
        path = self.write("model.onnx", self.dense().SerializeToString())
        self.assertEqual(run(path, "--name", "models::dense", "--out", self.out), (0, ""))
        self.assertIn("namespace models::dense {", self.out.read_text())

    def test_a_cycle(self):
        proto = self.dense()
        proto.graph.node.append(helper.make_node("Relu", ["b"], ["a"]))
        proto.graph.node.append(helper.make_node("Relu", ["a"], ["b"]))
        self.refused(self.write("model.onnx", proto.SerializeToString()), "cycle")

    def test_several_inputs(self):
        proto = self.dense()
        proto.graph.input.append(helper.make_tensor_value_info("y", FLOAT, [1]))
        self.refused(self.write("model.onnx", proto.SerializeToString()), "2 inputs")

    def test_operators_of_others(self):
        proto = self.dense()
        proto.graph.node[0].domain = "com.example"
        proto.opset_import.append(helper.make_opsetid("com.example", 1))
        self.refused(self.write("model.onnx", proto.SerializeToString()), "com.example.Gemm")

    def external(self, **changes):
        """A model whose weight lies in another file."""
        proto = self.dense()
        onnx.external_data_helper.convert_model_to_external_data(proto, location="weights.bin", size_threshold=0)
        onnx.save(proto, self.folder / "model.onnx")
        proto = onnx.load(self.folder / "model.onnx", load_external_data=False)
        for tensor in proto.graph.initializer:
            for entry in tensor.external_data:
                entry.value = str(changes.get(entry.key, entry.value))
        return self.write("model.onnx", proto.SerializeToString())

    def test_external_data(self):
        self.assertEqual(run(self.external(), "--name", "model", "--out", self.out), (0, ""))
        self.out.unlink()
        self.refused(self.external(offset=1 << 40), "weights.bin")
        self.refused(self.external(length=1 << 62), "weights.bin")
        self.refused(self.external(length=-5), "weights.bin")
        self.refused(self.external(location="../weights.bin"), "outside")
        self.refused(self.external(location=str(self.folder / "weights.bin")), "outside")
        path = self.external()
        (self.folder / "weights.bin").write_bytes(b"1234")
        self.refused(path, "weights.bin")
        (self.folder / "weights.bin").unlink()
        self.refused(path, "not there")
        other = tempfile.NamedTemporaryFile()
        self.addCleanup(other.close)
        (self.folder / "weights.bin").symlink_to(other.name)
        self.refused(path, "outside")

    def test_keras_files(self):
        self.refused(self.write("model.keras", b""), "model.keras")
        path = self.folder / "model.keras"

        def save(config, weights=b""):
            with zipfile.ZipFile(path, "w") as archive:
                archive.writestr("config.json", config)
                archive.writestr("model.weights.h5", weights)

        for config in ("", "[]", "{}", '{"class_name": "Sequential", "config": {"layers": 3}}'):
            save(config)
            self.refused(path, "model.keras")
        contents = path.read_bytes()
        for length in (10, len(contents) // 2, len(contents) - 3):
            self.refused(self.write("model.keras", contents[:length]), "model.keras")
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr("model.weights.h5", b"")
        self.refused(path, "config.json")


if __name__ == "__main__":
    unittest.main()

#include <doctest/doctest.h>

#include <algorithm>
#include <bit>
#include <cortexpr/cortexpr.hpp>
#include <cortexpr/io/onnx.hpp>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <string_view>
#include <vector>

#include "../data/fixtures.hpp"

using namespace cortexpr;

namespace {

/// A field of a message of protobuf: its number, and its integer or its bytes.
struct Field {
  std::uint64_t number = 0, integer = 0;
  std::string_view bytes{};
};

std::uint64_t take_varint(std::string_view& rest) {
  std::uint64_t value = 0;
  for (unsigned shift = 0;; shift += 7) {
    REQUIRE(!rest.empty());
    const auto byte = static_cast<unsigned char>(rest.front());
    rest.remove_prefix(1);
    value |= static_cast<std::uint64_t>(byte & 0x7F) << shift;
    if (byte < 0x80) return value;
  }
}

std::vector<Field> fields_of(std::string_view message) {
  std::vector<Field> fields;
  while (!message.empty()) {
    const std::uint64_t key = take_varint(message);
    Field field{.number = key >> 3};
    const std::uint64_t type = key & 7;
    if (type == 0) {
      field.integer = take_varint(message);
    } else {
      REQUIRE((type == 2 || type == 5));
      const std::uint64_t size = type == 5 ? 4 : take_varint(message);
      REQUIRE(size <= message.size());
      field.bytes = message.substr(0, size);
      message.remove_prefix(size);
    }
    fields.push_back(field);
  }
  return fields;
}

std::vector<Field> all(const std::vector<Field>& fields, std::uint64_t number) {
  std::vector<Field> found;
  std::copy_if(fields.begin(), fields.end(), std::back_inserter(found),
               [&](const Field& field) { return field.number == number; });
  return found;
}
Field one(const std::vector<Field>& fields, std::uint64_t number) {
  const auto found = all(fields, number);
  REQUIRE(found.size() == 1);
  return found[0];
}

std::string contents_of(const std::string& path) {
  std::ifstream file{path, std::ios::binary};
  return {std::istreambuf_iterator<char>{file}, {}};
}

/// The fields of the graph of a file.
struct File {
  std::string bytes;
  std::vector<Field> model, graph;
  explicit File(const std::string& path)
      : bytes{contents_of(path)}, model{fields_of(bytes)}, graph{fields_of(one(model, 7).bytes)} {}
  std::vector<Field> tensor(std::string_view name) const {
    for (const Field& field : all(graph, 5))
      if (auto tensor = fields_of(field.bytes); one(tensor, 8).bytes == name) return tensor;
    FAIL("no tensor ", std::string{name});
    return {};
  }
};

float float_at(std::string_view bytes, std::size_t index) {
  return std::bit_cast<float>(detail::load_little_endian<std::uint32_t>(bytes.data() + 4 * index));
}

using Net = Network<Input<3>, Dense<400, Relu>, Dropout<0.5f>, Dense<2>>;

Net made() {
  Net network;
  network.initialize(Seed{3});
  return network;
}

}  // namespace

TEST_CASE("onnx: a file has the network's nodes, names, extents and weights") {
  const fixtures::TemporaryDirectory folder;
  const std::string path = folder.path() + "/net.onnx";
  const Net network = made();
  onnx::save(network, path, {.output = "logits", .metadata = {{"classes", "a b"}}});
  const File file{path};

  CHECK(one(file.model, 1).integer == 8);  // of files, in the release with opset 17
  CHECK(one(file.model, 2).bytes == "cortexpr");
  CHECK(one(fields_of(one(file.model, 8).bytes), 2).integer == 17);
  const auto metadata = fields_of(one(file.model, 14).bytes);
  CHECK(one(metadata, 1).bytes == "classes");
  CHECK(one(metadata, 2).bytes == "a b");

  std::vector<std::string_view> operations, outputs;
  for (const Field& node : all(file.graph, 1)) {
    operations.push_back(one(fields_of(node.bytes), 4).bytes);
    outputs.push_back(one(fields_of(node.bytes), 2).bytes);
  }
  CHECK(operations == std::vector<std::string_view>{"Gemm", "Relu", "Gemm"});
  CHECK(outputs == std::vector<std::string_view>{"0.Gemm", "0.Relu", "logits"});

  const auto input = fields_of(one(file.graph, 11).bytes);
  CHECK(one(input, 1).bytes == "input");
  const auto type = fields_of(one(fields_of(one(input, 2).bytes), 1).bytes);
  const auto extents = all(fields_of(one(type, 2).bytes), 1);
  REQUIRE(extents.size() == 2);
  CHECK(one(fields_of(extents[0].bytes), 2).bytes == "N");
  CHECK(one(fields_of(extents[1].bytes), 1).integer == 3);

  const auto weight = file.tensor("0.weight");  // [out, in]
  CHECK(all(weight, 1)[0].integer == 400);
  CHECK(all(weight, 1)[1].integer == 3);
  const auto rows = network.parameter<"0.weight">();
  for (std::size_t i = 0; i < 1200; ++i) CHECK(float_at(one(weight, 9).bytes, i) == rows[i % 3][i / 3]);
  CHECK(one(file.tensor("2.bias"), 9).bytes.size() == 8);
}

TEST_CASE("onnx: external data lie beside the model, large tensors at multiples of a page") {
  const fixtures::TemporaryDirectory folder;
  const std::string path = folder.path() + "/net.onnx";
  const Net network = made();
  onnx::save(network, path, {.batch = 7, .external_data = true});
  const File file{path};
  const std::string data = contents_of(path + ".data");

  const auto weight = file.tensor("2.weight");
  CHECK(one(weight, 14).integer == 1);
  CHECK(all(weight, 9).empty());
  std::vector<std::string_view> entries;
  for (const Field& entry : all(weight, 13)) entries.push_back(one(fields_of(entry.bytes), 2).bytes);
  REQUIRE(entries.size() == 3);
  CHECK(entries[0] == "net.onnx.data");
  const std::size_t begin = std::stoul(std::string{entries[1]});
  CHECK(begin % 4096 == 0);
  CHECK(begin > 0);
  CHECK(entries[2] == "3200");
  REQUIRE(data.size() == begin + 3200);
  const auto rows = network.parameter<"2.weight">();
  for (std::size_t i = 0; i < 800; ++i)
    CHECK(float_at(std::string_view{data}.substr(begin), i) == rows[i % 400][i / 400]);
  CHECK(one(file.tensor("2.bias"), 9).bytes.size() == 8);  // small ones stay in the model
}

TEST_CASE("onnx: errors are sentences, and old files stay") {
  const fixtures::TemporaryDirectory folder;
  const Net network = made();
  const std::string path = folder.path() + "/net.onnx";
  onnx::save(network, path);
  const std::string before = contents_of(path);

  for (const auto& [input, output] : std::vector<std::pair<std::string, std::string>>{
           {"x", "x"}, {"0.weight", "y"}, {"x", "0.Gemm"}, {"", "y"}, {"x", ""}}) {
    const Status status = onnx::try_save(network, path, {.input = input, .output = output});
    CAPTURE(input);
    CAPTURE(output);
    CHECK(status.message().find(path + ": expected names of input and output that no parameter and no layer has") == 0);
    CHECK(contents_of(path) == before);
  }
  const Status status = onnx::try_save(network, folder.path() + "/none/net.onnx");
  CHECK(status.message().find("/none/net.onnx: cannot be written; check that its folder exists") != std::string::npos);
  CHECK(!onnx::try_save(network, folder.path() + "/none/net.onnx", {.external_data = true}).ok());
  CHECK_THROWS_AS(onnx::save(network, folder.path()), DataError);
  CHECK(onnx::try_save(network, path).ok());
}

TEST_CASE("onnx: handles, doubles, and networks without a node") {
  const fixtures::TemporaryDirectory folder;
  const std::string path = folder.path() + "/net.onnx";
  onnx::save(make_network<with_scalar<double, Net>>(), path);
  const File doubles{path};
  CHECK(one(doubles.tensor("0.bias"), 2).integer == 11);  // DOUBLE
  CHECK(one(doubles.tensor("0.bias"), 9).bytes.size() == 3200);

  onnx::save(Network<Input<4>, Dropout<0.5f>>{}, path);
  const File identity{path};
  const auto nodes = all(identity.graph, 1);
  REQUIRE(nodes.size() == 1);
  CHECK(one(fields_of(nodes[0].bytes), 4).bytes == "Identity");
  CHECK(one(fields_of(nodes[0].bytes), 2).bytes == "output");
}

#include <doctest/doctest.h>

#include <cortexpr/io/save.hpp>
#include <cortexpr/nn/network.hpp>
#include <fstream>
#include <string>
#include <string_view>

#include "../data/fixtures.hpp"

using namespace cortexpr;

namespace {

using Net = Network<Input<2>, Dense<3>>;

/// The bytes of a file with this header, not padded, and so many bytes of data.
std::string file_of(std::string_view json, std::string_view data) {
  std::string file;
  detail::store_little_endian<std::uint64_t>(json.size(), [&](char byte) { file += byte; });
  return (file += json) += data;
}
std::string file_of(std::string_view json, std::size_t data) { return file_of(json, std::string(data, '\0')); }

std::string error_of(const std::string& file) {
  Net network{};
  return detail::load_safetensors(network, file, {});
}

constexpr std::string_view both =
    R"({"0.weight":{"dtype":"F32","shape":[3,2],"data_offsets":[0,24]},"0.bias":{"dtype":"F32","shape":[3],"data_offsets":[24,36]}})";

/// A header with this tensor in the place of 0.weight.
std::string with(std::string_view tensor) {
  return R"({"0.weight":)" + std::string{tensor} + R"(,"0.bias":{"dtype":"F32","shape":[3],"data_offsets":[24,36]}})";
}

/// Whether the sentence holds the words.
bool says(const std::string& sentence, std::string_view words) {
  CAPTURE(sentence);
  return sentence.find(words) != std::string::npos;
}

}  // namespace

TEST_CASE("safetensors: what is saved is loaded, with float and double, and again with the same bytes") {
  const fixtures::TemporaryDirectory folder;
  const std::string path = folder.path() + "/net.safetensors";
  using Deep = Network<Input<3, 7, 5>, Conv2D<4, 3>, BatchNorm<>, Flatten, Dense<5, Tanh>, Dense<2>>;
  Deep network{};
  network.initialize(Seed{3});
  network.parameter<"1.running_mean">()[0][1] = 0.25f;
  save(network, path, {.metadata = {{"classes", "cat,\"dog\"\n"}}});

  Deep loaded{};
  Metadata metadata;
  load(loaded, path, {.metadata = &metadata});
  CHECK(loaded == network);
  CHECK(metadata.at("classes") == "cat,\"dog\"\n");

  with_scalar<double, Deep> wide{};
  load(wide, path);
  const auto wide_again = std::make_unique<with_scalar<double, Deep>>();
  save(wide, path);
  load(*wide_again, path);
  CHECK(*wide_again == wide);
  load(loaded, path);
  CHECK(loaded == network);
}

TEST_CASE("safetensors: names, shapes and order are PyTorch's") {
  Net network{};
  auto weight = network.parameter<"0.weight">();
  for (std::size_t in = 0; in < 2; ++in)
    for (std::size_t out = 0; out < 3; ++out) weight[in][out] = static_cast<float>(10 * out + in);
  const std::string file = detail::safetensors_of(network, {});
  std::size_t begin = 0;
  const auto header = detail::parse_safetensors(file, begin);
  REQUIRE(header.error.empty());
  CHECK(begin % 8 == 0);
  REQUIRE(header.tensors.size() == 2);
  CHECK(header.tensors[0].name == "0.bias");
  CHECK(header.tensors[1].name == "0.weight");
  CHECK(detail::shape_text(header.tensors[1].shape) == "[3, 2]");
  const char* const data = file.data() + begin + header.tensors[1].begin;
  for (std::size_t out = 0; out < 3; ++out)
    for (std::size_t in = 0; in < 2; ++in)
      CHECK(detail::load_number<float>("F32", data + 4 * (2 * out + in)) == static_cast<float>(10 * out + in));
}

TEST_CASE("safetensors: numbers of 16 and 64 bits") {
  const auto half = [](unsigned bits) { return detail::half_to_float(static_cast<std::uint16_t>(bits)); };
  CHECK(half(0x3C00) == 1);
  CHECK(half(0xC000) == -2);
  CHECK(half(0x7BFF) == 65504);
  CHECK(half(0x0400) == 0x1p-14f);
  CHECK(half(0x0001) == 0x1p-24f);
  CHECK(half(0x83FF) == -1023 * 0x1p-24f);
  CHECK(half(0x7C00) == std::numeric_limits<float>::infinity());
  CHECK(half(0x7E00) != half(0x7E00));
  CHECK(detail::load_number<float>("BF16", "\x80\x3F") == 1);
  CHECK(detail::load_number<float>("BF16", "\x49\xC0") == -3.140625f);

  // 1, 2, ... 6 as BF16.
  constexpr std::string_view numbers{"\x80\x3F\x00\x40\x40\x40\x80\x40\xA0\x40\xC0\x40", 12};
  Net network{};
  const std::string file = file_of(
      R"({"0.weight":{"dtype":"BF16","shape":[3,2],"data_offsets":[0,12]},"0.bias":{"dtype":"F64","shape":[3],"data_offsets":[12,36]}})",
      std::string{numbers} + std::string(24, '\0'));
  CHECK(detail::load_safetensors(network, file, {}) == "");
  CHECK(network.parameter<"0.weight">()[1][2] == 6);
  CHECK(network.parameter<"0.weight">()[0][1] == 3);
}

TEST_CASE("safetensors: all differences are in one message, and the network is as before") {
  Net network{};
  network.initialize(Seed{1});
  const Net before = network;
  const std::string error = detail::load_safetensors(
      network,
      file_of(
          R"({"0.weight":{"dtype":"F32","shape":[2,3],"data_offsets":[0,24]},"1.bias":{"dtype":"I32","shape":[],"data_offsets":[24,28]}})",
          28),
      {});
  CHECK(says(error, "3 differences"));
  CHECK(says(error, "'0.weight': expected [3, 2], found [2, 3]"));
  CHECK(says(error, "'0.bias': expected [3], found none"));
  CHECK(says(error, "'1.bias': expected no such tensor, found []"));
  CHECK(network == before);
}

TEST_CASE("safetensors: files that are no such files, or damaged") {
  CHECK(error_of(file_of(both, 36)) == "");
  CHECK(error_of(file_of(std::string{both} + "  \n", 36)) == "");
  CHECK(says(error_of(""), "found 0 bytes"));
  CHECK(says(error_of("PK\3\4aaaa"), "no safetensors file"));
  CHECK(says(error_of(std::string(8, '\xFF')), "18446744073709551615"));
  CHECK(says(error_of(file_of(both, 36).substr(0, 60)), "cut off"));
  CHECK(says(error_of(file_of(both, 35)), "within the 35 bytes"));
  CHECK(says(error_of(file_of(both, 37)), "appended"));
  CHECK(says(error_of(file_of("[]", 0)), "'{'"));
  CHECK(says(error_of(file_of("", 0)), "'{'"));
  CHECK(says(error_of(file_of("{\"a", 0)), "end of a string"));
  CHECK(says(error_of(file_of("{} {}", 0)), "the end"));
}

TEST_CASE("safetensors: headers that lie") {
  const auto error = [](std::string_view tensor) { return error_of(file_of(with(tensor), 36)); };
  CHECK(says(error(R"({"dtype":"F99","shape":[3,2],"data_offsets":[0,24]})"), "F99"));
  CHECK(says(error(R"({"dtype":"F32","shape":[3,3],"data_offsets":[0,24]})"), "[3, 3] of F32"));
  CHECK(says(error(R"({"dtype":"F32","shape":[4294967296,4294967296],"data_offsets":[0,24]})"), "4294967296"));
  CHECK(says(error(R"({"dtype":"F32","shape":[0,9223372036854775808],"data_offsets":[0,24]})"), "found 24"));
  CHECK(says(error(R"({"dtype":"F32","shape":[3,2],"data_offsets":[0,18446744073709551615]})"), "data_offsets"));
  CHECK(says(error(R"({"dtype":"F32","shape":[3,2],"data_offsets":[24,0]})"), "data_offsets"));
  CHECK(says(error(R"({"dtype":"F32","shape":[3,2],"data_offsets":[0,18446744073709551616]})"), "64 bits"));
  CHECK(says(error(R"({"dtype":"F32","shape":[3,2],"data_offsets":[12,36]})"), "a gap"));
  CHECK(says(error(R"({"dtype":"F32","shape":[3,1],"data_offsets":[0,12]})"), "a gap"));
  CHECK(says(error(R"({"dtype":"F32","shape":[3,2],"data_offsets":[0,24],"shape":[3,2]})"), "twice"));
  CHECK(says(error(R"({"dtype":"F32","shape":[3,2],"data_offsets":[0,24],"more":1})"), "more"));
  CHECK(says(error(R"({"dtype":"F32","shape":[3,-2],"data_offsets":[0,24]})"), "not negative"));
  CHECK(says(error(R"({"dtype":"F32","shape":[3,2.0],"data_offsets":[0,24]})"), "without fraction"));
  CHECK(says(error(R"({"dtype":"F32","shape":[3,02],"data_offsets":[0,24]})"), "leading zeros"));
  CHECK(says(error(R"({"dtype":"F32","shape":[3,2]})"), "not all"));
  CHECK(says(error(R"({"dtype":"F32","shape":[1,1,1,1,1,1,1,3,2],"data_offsets":[0,24]})"), "at most 8"));
  CHECK(says(error("[[[[[[[[[["), "'{'"));
  CHECK(says(error_of(file_of(R"({"__metadata__":{"a":1}})", 0)), "a string"));
  CHECK(says(error_of(file_of(R"({"__metadata__":{},"__metadata__":{}})", 0)), "two"));
  constexpr std::string_view one = R"("a":{"dtype":"F32","shape":[],"data_offsets":[0,4]})";
  CHECK(says(error_of(file_of("{" + std::string{one} + "," + std::string{one} + "}", 4)), "'a' twice"));
}

TEST_CASE("safetensors: strings of JSON") {
  const auto read = [](std::string_view text) {
    detail::JsonReader reader{text};
    const std::string value = reader.string().string();
    return reader.ok() ? value : std::string{"error"};
  };
  CHECK(read(R"("a\"\\\/\b\f\n\r\t")") == "a\"\\/\b\f\n\r\t");
  CHECK(read(R"("\u0041\u00e9\u20AC\ud83d\ude00")") == "A\xC3\xA9\xE2\x82\xAC\xF0\x9F\x98\x80");
  for (const std::string_view wrong :
       {R"("\x")", R"("\u12")", R"("\ud83d")", R"("\ud83d\u0041")", R"("\udc00")", "\"\n\"", "\"a"})
    CHECK(read(wrong) == "error");
  std::string written;
  detail::append_json_string("\"\\\n\x01z", written);
  CHECK(read(written) == "\"\\\n\x01z");
}

TEST_CASE("safetensors: the order of modules in a file") {
  CHECK(detail::natural_less("net.2", "net.10"));
  CHECK_FALSE(detail::natural_less("net.10", "net.2"));
  CHECK(detail::natural_less("a", "a.1"));
  CHECK(detail::natural_less("net.9.weight", "net.10.bias"));
  CHECK_FALSE(detail::natural_less("net.01", "net.1"));
  CHECK_FALSE(detail::natural_less("net.1", "net.01"));

  using Two = Network<Input<2>, Dense<2>, Dense<2>>;
  Two network{};
  const auto error = [&](std::string_view first, std::string_view second) {
    std::string json = "{";
    std::size_t begin = 0;
    for (const std::string_view module : {first, second})
      for (const auto& [role, shape, size] : {std::tuple{"weight", "[2,2]", 16}, {"bias", "[2]", 8}}) {
        json += std::string{begin > 0 ? "," : ""} + "\"" + std::string{module} + "." + role +
                R"(":{"dtype":"F32","shape":)" + shape + R"(,"data_offsets":[)" + std::to_string(begin) + "," +
                std::to_string(begin + static_cast<std::size_t>(size)) + "]}";
        begin += static_cast<std::size_t>(size);
      }
    return detail::load_safetensors(network, file_of(json + "}", begin), {.match = Match::in_order});
  };
  CHECK(error("l.2", "l.10") == "");
  CHECK(says(error("l.1", "l.01"), "not unique"));
}

TEST_CASE("safetensors: files that cannot be read or written are told of, by exception or as a Status") {
  Net network{};
  CHECK_THROWS_AS(load(network, "no such folder/file"), DataError);
  CHECK_THROWS_AS(save(network, "no such folder/file"), DataError);
  const Status status = try_load(network, "no such folder/file");
  CHECK_FALSE(status.ok());
  CHECK(says(status.message(), "no such folder/file: expected a readable file"));
  CHECK_FALSE(try_save(network, "no such folder/file").ok());
  CHECK(says(try_load(network, "/").message(), "directory"));
}

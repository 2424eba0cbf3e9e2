#include <doctest/doctest.h>

#include <array>
#include <cortexpr/io/npy.hpp>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "../data/fixtures.hpp"

using namespace cortexpr;

namespace {

/// The bytes of a file of version 1.0 with this dictionary and these values, as numpy.save writes them.
std::string file_of(std::string_view dictionary, std::string_view values) {
  std::string file{"\x93NUMPY\x01\x00", 8};
  detail::store_little_endian(static_cast<std::uint16_t>(dictionary.size()), [&](char byte) { file += byte; });
  return (file += dictionary) += values;
}

template <class T = float>
std::vector<T> values_of(std::string_view dictionary, std::string_view values) {
  npy::Array<T> array;
  const std::string error = detail::parse_npy(file_of(dictionary, values), array);
  INFO(error);
  CHECK(error.empty());
  return array.values;
}

bool refuses(std::string_view dictionary, std::string_view values, std::string_view words) {
  npy::Array<float> array;
  const std::string error = detail::parse_npy(file_of(dictionary, values), array);
  CAPTURE(error);
  return array.values.empty() && error.find(words) != std::string::npos;
}

}  // namespace

TEST_CASE("npy: what is written is read, of any type of numbers") {
  const fixtures::TemporaryDirectory folder;
  const std::string path = folder.path() + "/a.npy";
  const Tensor<float, Shape<2, 3>> tensor{{1, -2, 3.5f, 0, 1e-40f, 6}};
  npy::write(path, tensor);
  const auto read = npy::read(path);
  CHECK(read.shape == std::vector<std::size_t>{2, 3});
  for (std::size_t i = 0; i < 6; ++i) CHECK(read.values[i] == tensor[i]);
  CHECK(std::filesystem::file_size(path) == 128 + 24);

  const auto again = [&]<class T>(std::vector<T> values) {
    npy::write(path, std::span<const T>{values}, {values.size()});
    CHECK(npy::read<T>(path).values == values);
  };
  again(std::vector<double>{0.1, -1e300});
  again(std::vector<std::int8_t>{-128, 127});
  again(std::vector<std::uint8_t>{0, 255});
  again(std::vector<std::int16_t>{-32768, 1});
  again(std::vector<std::int32_t>{-2147483647, 1});
  again(std::vector<std::int64_t>{-9007199254740993, 1});
  again(std::vector<std::uint64_t>{18446744073709551615u});
  CHECK_THROWS_AS(npy::write(path, std::span<const float>{}, {2}), DataError);
}

TEST_CASE("npy: byte order, column-major order, half precision, rank 0 and empty arrays") {
  using Floats = std::vector<float>;
  CHECK(values_of("{'descr': '>f4', 'fortran_order': False, 'shape': (1,), }\n", {"\x3F\x80\0\0", 4}) == Floats{1});
  CHECK(values_of("{'descr': '<f2', 'fortran_order': False, 'shape': (2,), }\n", {"\0\x3C\0\xC0", 4}) == Floats{1, -2});
  CHECK(values_of("{'descr': '|b1', 'fortran_order': False, 'shape': (2,), }\n", {"\1\0", 2}) == Floats{1, 0});
  CHECK(values_of("{'descr': '|u1', 'fortran_order': False, 'shape': (), }\n", "\7") == Floats{7});
  CHECK(values_of("{'descr': '|u1', 'fortran_order': False, 'shape': (3, 0), }\n", "") == Floats{});
  CHECK(values_of("{\"shape\": (2, 3), 'fortran_order': True, \"descr\":'|i1'}", {"\1\4\2\5\3\6", 6}) ==
        Floats{1, 2, 3, 4, 5, 6});
}

TEST_CASE("npy: files that are none, or damaged") {
  npy::Array<float> array;
  CHECK(detail::parse_npy("", array).find("NumPy") != std::string::npos);
  CHECK(detail::parse_npy("PK\3\4aaaaaaaaaaaaaaa", array).find("NumPy") != std::string::npos);
  const std::string whole = file_of("{'descr': '<f4', 'fortran_order': False, 'shape': (2,), }\n", "12345678");
  for (std::size_t size = 0; size < whole.size(); ++size) CHECK(detail::parse_npy(whole.substr(0, size), array) != "");
  CHECK(detail::parse_npy(whole, array) == "");
  CHECK(refuses("{'descr': '<f4', 'fortran_order': False, 'shape': (2,), }\n", "1234567", "cut off"));
  CHECK(refuses("{'descr': '<f4', 'fortran_order': False, 'shape': (4294967296, 4294967296), }\n", "12345678", "cut"));
  CHECK(refuses("{'descr': '<f4', 'fortran_order': False, 'shape': (99999999999999999999,), }\n", "1234", "shape"));
  CHECK(refuses("{'descr': '<f4', 'fortran_order': False, 'shape': (-1,), }\n", "", "shape"));
  CHECK(refuses("{'descr': '|O', 'fortran_order': False, 'shape': (1,), }\n", "12345678", "'|O'"));
  CHECK(refuses("{'descr': '<U3', 'fortran_order': False, 'shape': (1,), }\n", "123456789012", "'<U3'"));
  CHECK(refuses("{'descr': [('a', '<f4')], 'fortran_order': False, 'shape': (1,), }\n", "1234", "fields"));
  CHECK(refuses("{'fortran_order': False, 'shape': (1,), }\n", "1234", "descr"));
  CHECK(refuses("{'descr': '<f4', 'shape': (1,), }\n", "1234", "fortran_order"));
  CHECK(refuses("{'descr': '<f4', 'fortran_order': False, }\n", "1234", "shape"));
  CHECK(refuses("{'descr':", "", "descr"));
}

TEST_CASE("npz: what is written is read; NumPy's own archives, stored and compressed") {
  const fixtures::TemporaryDirectory folder;
  const std::string path = folder.path() + "/a.npz";
  std::map<std::string, npy::Array<float>> arrays;
  arrays["x"] = {{2, 2}, {1, 2, 3, 4}};
  arrays["empty"] = {{0}, {}};
  npy::write_archive(path, arrays);
  const auto read = npy::read_archive(path);
  REQUIRE(read.size() == 2);
  CHECK(read.at("x").values == arrays["x"].values);
  CHECK(read.at("x").shape == arrays["x"].shape);
  CHECK(read.at("empty").values.empty());
}

TEST_CASE("npz: archives that are damaged, or lie") {
  const std::string whole = detail::zip_of({{"a.npy", "contents"}, {"b.npy", std::string(300, 'b')}});
  const auto error_of = [](const std::string& file) {
    detail::ZipReader reader{file};
    (void)reader.entries();
    return reader.error;
  };
  CHECK(error_of(whole) == "");
  CHECK(error_of(whole + std::string(100, ' ')) == "");  // a comment
  for (std::size_t size = 0; size < whole.size(); ++size) CHECK(error_of(whole.substr(0, size)) != "");
  for (std::size_t position = 0; position < whole.size(); ++position) {
    std::string changed = whole;
    changed[position] = static_cast<char>(changed[position] ^ 0x41);
    (void)error_of(changed);  // whatever it says, it reads no byte outside
  }
  std::string changed = whole;
  changed[changed.find("contents")] ^= 1;
  CHECK(error_of(changed).find("checksum") != std::string::npos);
}

#include <doctest/doctest.h>
#include <sys/stat.h>

#include <cortexpr/data/idx.hpp>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "fixtures.hpp"

using namespace cortexpr;
using namespace fixtures;

namespace {

Contents small_file() {
  return idx_file({3, 2, 4}, [](std::size_t i) { return 7 * i; });
}

Contents read_values(const std::string& path) {
  LoadTimes times;
  const idx::Array<3> array = idx::read<3>(path, times);
  return {array.values().begin(), array.values().end()};
}

Contents without_header(const Contents& file) { return {file.begin() + 16, file.end()}; }

}  // namespace

TEST_CASE("idx: reads raw and compressed files of any name") {
  const TemporaryDirectory directory;
  for (const bool compressed : {false, true}) {
    for (const char* const name : {"images", "images.gz"}) {
      CAPTURE(compressed);
      CAPTURE(std::string{name});
      const std::string path = directory.write(name, compressed ? gzip(small_file()) : small_file());
      LoadTimes times;
      const idx::Array<3> array = idx::read<3>(path, times);
      CHECK(array.extents == std::array<std::size_t, 3>{3, 2, 4});
      CHECK(Contents(array.values().begin(), array.values().end()) == without_header(small_file()));
      CHECK(array.path == path);
      CHECK(times.read_seconds > 0);
      CHECK((times.decompress_seconds > 0) == compressed);
    }
  }
}

TEST_CASE("idx: a header that does not fit its file is refused with one sentence") {
  const TemporaryDirectory directory;
  const auto error = [&](const Contents& contents) {
    const std::string raw = directory.write("x", contents), compressed = directory.write("z", gzip(contents));
    const std::string sentence = error_of([&] { read_values(raw); }, directory.path());
    std::string other = error_of([&] { read_values(compressed); }, directory.path());
    REQUIRE(other.size() > 4);
    other[4] = 'x';  // DIR/z
    CHECK(sentence == other);
    return sentence;
  };
  Contents contents = small_file();
  contents.pop_back();
  CHECK(error(contents) ==
        "DIR/x: IDX sizes: expected 3 x 2 x 4 bytes of values, found 23 (the file is cut off); fetch it again");
  contents = small_file();
  contents.push_back(0);
  CHECK(error(contents) ==
        "DIR/x: IDX sizes: expected 3 x 2 x 4 bytes of values, found 25 (the file is too long); fetch it again");
  CHECK(error({0, 0, 8, 3, 0}) ==
        "DIR/x: IDX header: expected 16 bytes, found 5 (the file is cut off); fetch it again");
  CHECK(error({42}) == "DIR/x: IDX header: expected 16 bytes, found 1 (the file is cut off); fetch it again");
  for (const std::uint32_t magic : {0x00000801u, 0x00000D03u, 0x50443303u, 0u})
    CHECK(error(idx_header(magic, {3, 2, 4}))
              .starts_with("DIR/x: IDX magic number: expected 0x00000803 (unsigned "
                           "bytes, 3 dimensions), found 0x"));
}

TEST_CASE("idx: values of all types") {
  const TemporaryDirectory directory;
  const auto file = [&](std::uint32_t magic, const Contents& values) {
    Contents contents = idx_header(magic, {2});
    append(contents, values);
    return directory.write("x", contents);
  };
  const auto read = [&]<class T>(T, const std::string& path) {
    LoadTimes times;
    const auto array = idx::read<1, T>(path, times);
    return std::vector<double>(array.values().begin(), array.values().end());
  };
  using Values = std::vector<double>;
  CHECK(read(0, file(0x0801, {7, 255})) == Values{7, 255});
  CHECK(read(0, file(0x0901, {7, 255})) == Values{7, -1});
  CHECK(read(0, file(0x0B01, {0x01, 0x02, 0xFF, 0xFE})) == Values{258, -2});
  CHECK(read(0, file(0x0C01, {0, 1, 0x11, 0x70, 0x80, 0, 0, 0})) == Values{70'000, -2147483648.0});
  CHECK(read(0.0f, file(0x0D01, {0x3F, 0xC0, 0, 0, 0xBE, 0, 0, 0})) == Values{1.5, -0.125});
  const std::string doubles = file(0x0E01, {0x3F, 0xF8, 0, 0, 0, 0, 0, 0, 0xC0, 0x08, 0, 0, 0, 0, 0, 0});  // 1.5, -3
  CHECK(read(0.0, doubles) == Values{1.5, -3});
  CHECK(read(0.0f, doubles) == Values{1.5, -3});
  CHECK(error_of([&] { read(std::int8_t{}, doubles); }, directory.path()) ==
        "DIR/x: value 0: expected an integer of 1 bytes, found 1.5; read it with idx::read<1, double>");
  LoadTimes times;
  CHECK(
      error_of([&] { (void)idx::read<1>(doubles, times); }, directory.path()) ==
      "DIR/x: IDX magic number: expected 0x00000801 (unsigned bytes, 1 dimensions), found 0x00000E01 (64-bit floats); "
      "read it with idx::read<1, double>");
  CHECK(error_of([&] { read(std::int8_t{}, file(0x0801, {7, 128})); }, directory.path()) ==
        "DIR/x: value 1: expected an integer of 1 bytes, found 128; read it with idx::read<1, std::uint8_t>");
  CHECK(error_of([&] { read(0u, file(0x0901, {7, 255})); }) != "");
  CHECK(error_of([&] { read(0.0f, file(0x0D01, {1, 2, 3, 4, 5, 6, 7})); }, directory.path()) ==
        "DIR/x: IDX sizes: expected 2 x 4 bytes of values, found 7 (the file is cut off); fetch it again");
}

TEST_CASE("idx: a file of another format is told by its name") {
  const TemporaryDirectory directory;
  const auto error = [&](const std::string& text) {
    const std::string path = directory.write("x", Contents(text.begin(), text.end()));
    return error_of([&] { read_values(path); }, directory.path());
  };
  CHECK(
      error("PK\3\4 and more than sixteen bytes") ==
      "DIR/x: IDX magic number: expected 0x00000803 (unsigned bytes, 3 dimensions), found 0x504B0304: a zip archive or "
      "a spreadsheet; unpack it, or export it as text");
  CHECK(error("<!DOCTYPE html><html></html>").find(": a web page; fetch the file itself") != std::string::npos);
}

TEST_CASE("idx: a FIFO is refused, not waited for") {
  const TemporaryDirectory directory;
  const std::string path = directory.path() + "/x";
  REQUIRE(::mkfifo(path.c_str(), 0600) == 0);
  CHECK(error_of([&] { read_values(path); }, directory.path()) ==
        "DIR/x: expected a regular file, found a stream of unknown length; copy it to a file first");
}

TEST_CASE("idx: sizes that overflow or need terabytes allocate nothing") {
  const TemporaryDirectory directory;
  const auto error = [&](std::initializer_list<std::uint32_t> extents) {
    const Contents contents = idx_header(0x0803, extents);
    const std::string raw = directory.write("x", contents), compressed = directory.write("z", gzip(contents));
    const std::string sentence = error_of([&] { read_values(raw); }, directory.path());
    CHECK((error_of([&] { read_values(compressed); }) == "") == (sentence == ""));
    return sentence;
  };
  CHECK(error({60000, 4096, 4096}) ==
        "DIR/x: IDX sizes: expected 60000 x 4096 x 4096 bytes of values, found 0 (the "
        "file is cut off); fetch it again");
  CHECK(error({0xffffffff, 0xffffffff, 0xffffffff}) != "");
  CHECK(error({0x80000000, 0x80000000, 4}) != "");  // 2^64
  CHECK(error({0x80000000, 0x40000000, 8}) != "");  // 2^64 as well
  CHECK(error({0, 0xffffffff, 0xffffffff}) == "");  // no values: nothing wrong with the file itself
  CHECK(error({0xffffffff, 0xffffffff, 0}) == "");
  // A sparse file of a terabyte is refused because of its header, before it is read.
  const std::string sparse = directory.write("sparse", idx_header(0x0803, {1, 1, 1}));
  std::error_code failure;
  std::filesystem::resize_file(sparse, std::uintmax_t{1} << 40, failure);
  if (!failure) CHECK(error_of([&] { read_values(sparse); }).find("too long") != std::string::npos);
}

TEST_CASE("idx: unreadable and empty files and directories are refused with one sentence") {
  const TemporaryDirectory directory;
  const auto error = [&](const std::string& path) { return error_of([&] { read_values(path); }, directory.path()); };
  CHECK(error(directory.path() + "/none") ==
        "DIR/none: expected a readable file, found none (No such file or "
        "directory); check the path and its permissions");
  CHECK(error(directory.path()) == "DIR: expected a file, found a directory; name the file inside it");
  CHECK(error(directory.write("empty", {})) == "DIR/empty: expected data, found an empty file; fetch it again");
  CHECK(error(directory.write("file", {1}) + "/below") != "");

  const std::string locked = directory.write("locked", small_file());
  std::filesystem::permissions(locked, std::filesystem::perms::none);
  if (std::ifstream{locked}.good())
    MESSAGE("this user may read every file: permissions not tested");
  else
    CHECK(error(locked) ==
          "DIR/locked: expected a readable file, found none (Permission denied); check the path "
          "and its permissions");
  if (std::filesystem::exists("/proc/self/mem"))
    CHECK(error("/proc/self/mem") ==
          "/proc/self/mem: expected a readable file, found one that cannot be read "
          "(Input/output error); check the disk");
  if (std::filesystem::exists("/dev/zero"))
    CHECK(error("/dev/zero") ==
          "/dev/zero: expected a regular file, found a stream of unknown length; copy it to a file first");
}

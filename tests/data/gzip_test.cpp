#include <doctest/doctest.h>

#include <cortexpr/data/gzip.hpp>
#include <cstddef>
#include <cstdint>
#include <string>

#include "fixtures.hpp"

using namespace cortexpr;
using namespace fixtures;

namespace {

Contents unzip(const Contents& compressed) {
  const detail::Bytes bytes = detail::gunzip(compressed, "x.gz");
  return {bytes.span().begin(), bytes.span().end()};
}

std::string error(const Contents& compressed) {
  return error_of([&] { unzip(compressed); });
}

Contents text(std::size_t size) {
  Contents contents;
  for (std::size_t i = 0; i < size; ++i) contents.push_back(static_cast<std::uint8_t>((i * i) >> 7));
  return contents;
}

/// The compressed form without the 10 bytes of its header.
Contents body(const Contents& contents) {
  const Contents compressed = gzip(contents);
  return {compressed.begin() + 10, compressed.end()};
}

Contents with_header(std::uint8_t flags, const Contents& fields) {
  Contents file = {0x1F, 0x8B, 8, flags, 0, 0, 0, 0, 0, 255};
  append(file, fields);
  append(file, body(text(1000)));
  return file;
}

}  // namespace

TEST_CASE("gzip: is recognized by its first two bytes") {
  CHECK(detail::is_gzip(gzip(text(10))));
  CHECK_FALSE(detail::is_gzip(text(10)));
  CHECK_FALSE(detail::is_gzip(Contents{0x1F}));
  CHECK_FALSE(detail::is_gzip({}));
}

TEST_CASE("gzip: contents of any size, also 0, are decompressed") {
  for (const std::size_t size : {0u, 1u, 1000u, 300'000u}) CHECK(unzip(gzip(text(size))) == text(size));
  const Contents zeros(5'000'000);  // compressed by nearly the most that deflate can do
  CHECK(unzip(gzip(zeros)) == zeros);
}

TEST_CASE("gzip: a file of several members is their concatenation") {
  // The last member is the smallest, so the stated size is too small and the buffer must grow.
  Contents file, expected;
  for (const std::size_t size : {40'000u, 0u, 100'000u, 3u}) {
    append(file, gzip(text(size)));
    append(expected, text(size));
  }
  CHECK(unzip(file) == expected);
}

TEST_CASE("gzip: zero bytes after the last member are ignored") {
  for (const std::size_t zeros : {1u, 3u, 7u, 8u, 512u, 100'000u}) {
    CAPTURE(zeros);
    Contents file = gzip(text(1000));
    append(file, gzip(text(20)));
    append(file, Contents(zeros));
    Contents expected = text(1000);
    append(expected, text(20));
    CHECK(unzip(file) == expected);
    Contents followed = file;
    append(followed, gzip(text(1)));
    CHECK(error(followed).find("expected the end of the file after") != std::string::npos);
  }
  CHECK(error(Contents(100)) != "");
  CHECK(error({}) != "");
}

TEST_CASE("gzip: all optional fields of the header are skipped") {
  CHECK(unzip(with_header(0, {})) == text(1000));
  CHECK(unzip(with_header(1, {})) == text(1000));                     // FTEXT
  CHECK(unzip(with_header(4, {3, 0, 'a', 'b', 'c'})) == text(1000));  // FEXTRA
  CHECK(unzip(with_header(8, {'n', 0})) == text(1000));               // FNAME
  CHECK(unzip(with_header(16, {0})) == text(1000));                   // FCOMMENT
  CHECK(unzip(with_header(2, {1, 2})) == text(1000));                 // FHCRC
  CHECK(unzip(with_header(30, {1, 0, 'e', 'n', 0, 'c', 0, 1, 2})) == text(1000));
}

TEST_CASE("gzip: damaged files are refused with one sentence") {
  const Contents good = gzip(text(1000));
  CHECK(error({good.begin(), good.begin() + 5}) ==
        "x.gz: gzip header: expected 10 bytes or more, found 5; fetch the file again");
  CHECK(error({0x1F, 0x8B, 8, 8, 0, 0, 0, 0, 0, 0, 'a', 'b'}) ==
        "x.gz: gzip header: expected 13 bytes or more, found 12; fetch the file again");
  CHECK(error({0x1F, 0x8B, 8, 4, 0, 0, 0, 0, 0, 0, 255, 255}) ==
        "x.gz: gzip header: expected 65547 bytes or more, found 12; fetch the file again");

  Contents bad = good;
  bad[2] = 7;
  CHECK(error(bad) == "x.gz: gzip header: expected compression method 8 (deflate), found 7; fetch the file again");
  bad = good;
  bad[3] = 0x80;
  CHECK(error(bad) == "x.gz: gzip header: expected the reserved flags to be 0, found 0x80; fetch the file again");
  bad = good;
  bad[10] = 7;  // a block of the reserved type
  CHECK(error(bad) ==
        "x.gz: compressed data: expected a whole deflate stream from byte 10 on, found one that is "
        "damaged or cut off; fetch the file again");

  bad = good;
  bad[bad.size() - 8] ^= 1;
  CHECK(error(bad).starts_with("x.gz: gzip checksum: expected 0x"));
  bad = good;
  bad[bad.size() - 4] ^= 1;
  CHECK(error(bad) == "x.gz: gzip size field: expected 1001 bytes of contents, found 1000; fetch the file again");
  bad[bad.size() - 1] = 0xff;  // promises 4 GB: no more than the input can expand to is taken
  CHECK(error(bad) == "x.gz: gzip size field: expected 4278191081 bytes of contents, found 1000; fetch the file again");
  bad = {good.begin(), good.end() - 3};
  CHECK(error(bad) == "x.gz: gzip trailer: expected 8 bytes, found 5 (the file is cut off); fetch it again");
  bad = good;
  append(bad, {0, 0, 7});
  CHECK(error(bad) == "x.gz: expected the end of the file after " + std::to_string(good.size()) +
                          " bytes of gzip data, found 3 more; fetch the file again");
  bad = good;
  append(bad, {0x1F, 0x8B});
  CHECK(error(bad) == "x.gz: gzip header: expected 10 bytes or more, found 2; fetch the file again");
}

TEST_CASE("gzip: a cut or a flipped bit is refused, or does not change the contents") {
  const Contents good = gzip(text(600));
  for (std::size_t size = 2; size < good.size(); ++size) {
    CAPTURE(size);
    CHECK(error({good.begin(), good.begin() + static_cast<std::ptrdiff_t>(size)}) != "");
  }
  for (std::size_t bit = 16; bit < 8 * good.size(); ++bit) {
    CAPTURE(bit);
    Contents bad = good;
    bad[bit / 8] ^= static_cast<std::uint8_t>(1 << bit % 8);
    Contents contents;
    // Some bits do not matter: the time and system in the header, code lengths of symbols that do not occur.
    if (error_of([&] { contents = unzip(bad); }) == "") CHECK(contents == text(600));
  }
}

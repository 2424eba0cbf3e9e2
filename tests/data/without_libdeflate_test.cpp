// An executable of its own, compiled with CORTEXPR_NO_LIBDEFLATE and linked without libdeflate.
#include <doctest/doctest.h>

#include <cortexpr/data/mnist.hpp>
#include <cstdint>
#include <string>
#include <vector>

using namespace cortexpr;

TEST_CASE("data: without libdeflate a compressed file is refused with one sentence") {
  const std::vector<std::uint8_t> compressed = {0x1F, 0x8B, 8, 0};
  std::string sentence;
  try {
    detail::gunzip(compressed, "x.gz");
  } catch (const DataError& error) {
    sentence = error.what();
  }
  CHECK(sentence ==
        "x.gz: expected an uncompressed file, found gzip, which this program was built without; run "
        "gunzip on it or build with libdeflate");
}

TEST_CASE("data: without libdeflate the readers link, and a missing directory is refused") {
  CHECK_THROWS_AS(mnist::load("no/such/directory"), DataError);
}

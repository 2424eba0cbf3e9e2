#include <doctest/doctest.h>

#include <cortexpr/io/write_header.hpp>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <limits>
#include <sstream>

#include "../data/fixtures.hpp"

namespace cx = cortexpr;
namespace fs = std::filesystem;

namespace {

struct Unnameable : cx::LayerDescription {
  [[maybe_unused]] static constexpr const char* name = "Unnameable";
  template <class T, class In>
  using Bound = cx::BoundLayer<T, In, In>;
};

std::string read(const std::string& path) {
  std::ostringstream text;
  text << std::ifstream{path}.rdbuf();
  return text.str();
}

template <class Net>
std::string error_of(const Net& network, const std::string& path, const std::string& name) {
  return fixtures::error_of([&] { cx::write_header(network, path, name); });
}

using Net = cx::Network<cx::Input<2>, cx::Dense<1>>;

}  // namespace

TEST_CASE("write_header: literals are the shortest exact ones of their type") {
  const fixtures::TemporaryDirectory folder;
  const std::string path = folder.path() + "/numbers.hpp";
  Net network;
  network.parameter<"0.weight">()[0][0] = 0.1f;
  network.parameter<"0.weight">()[1][0] = -3;
  network.parameter<"0.bias">()[0][0] = std::numeric_limits<float>::denorm_min();
  cx::write_header(network, path, "numbers");
  CHECK(read(path).find("  {\n  {0.1f},\n  {-3.f},\n  },\n  {\n  {1e-45f},\n  },\n};\n") != std::string::npos);
  CHECK_FALSE(fs::exists(path + ".part"));
}

TEST_CASE("write_header: errors throw DataError and leave the old file") {
  const fixtures::TemporaryDirectory folder;
  const std::string path = folder.path() + "/model.hpp";
  Net network;
  cx::write_header(network, path, "model");
  const std::string before = read(path);

  CHECK(error_of(network, path, "my model") ==
        path + ": expected an identifier as the name of a namespace, found 'my model'; use letters, digits and _");
  CHECK(error_of(network, path, "9s").find("expected an identifier") != std::string::npos);
  CHECK(error_of(network, path, "").find("expected an identifier") != std::string::npos);
  CHECK(error_of(cx::Network<cx::Input<2>, Unnameable>{}, path, "model").find("types that other files can name") !=
        std::string::npos);
  CHECK(error_of(network, folder.path() + "/missing/model.hpp", "model")
            .find("cannot be written; check that its folder") != std::string::npos);
  CHECK(error_of(network, folder.path(), "model").find("cannot be written") != std::string::npos);
  network.parameter<"0.weight">()[1][0] = std::numeric_limits<float>::quiet_NaN();
  CHECK(error_of(network, path, "model") ==
        path + ": expected finite parameters, found nan at position 1 of 'model'; train the network again");
  CHECK(read(path) == before);
}

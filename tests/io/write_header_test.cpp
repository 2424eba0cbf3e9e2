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

TEST_CASE("write_header: the name may be that of a nested namespace") {
  const fixtures::TemporaryDirectory folder;
  const std::string path = folder.path() + "/model.hpp";
  for (const char* const name : {"a::b", "models::v2::digits", "class_", "integer", "x9", "a_b"}) {
    cx::write_header(Net{}, path, name);
    CHECK(read(path).find(std::string{"\nnamespace "} + name + " {\n") != std::string::npos);
  }
}

TEST_CASE("write_header: a symbolic link goes on as one, and the mode stays") {
  const fixtures::TemporaryDirectory folder;
  const std::string target = folder.write("target.hpp", {'o', 'l', 'd'}), link = folder.path() + "/link.hpp";
  fs::create_symlink("target.hpp", link);
  fs::permissions(target, fs::perms::owner_read | fs::perms::owner_write);
  cx::write_header(Net{}, link, "model");
  CHECK(fs::is_symlink(link));
  CHECK(read(target).starts_with("#pragma once"));
  CHECK(fs::status(target).permissions() == (fs::perms::owner_read | fs::perms::owner_write));
  fs::permissions(target, fs::perms::owner_read);
  CHECK(error_of(Net{}, link, "model") ==
        link + ": cannot be written; allow writing to it, or name another file (it is read-only)");
}

TEST_CASE("write_header: types that other files can name") {
  for (const char* const type : {"cortexpr::BasicNetwork<float, my::anonymous_layer>", "a::lambda<(my::Enum)1>",
                                 "domain::Layer", "a::B<void (int)>"})
    CHECK(cx::detail::is_nameable(type));
  for (const char* const type : {"N<(anonymous namespace)::A>", "N<main::{lambda(float)#1}>", "N<f()::Layer>",
                                 "N<a::f(int)::Layer>", "main::Layer", "N<float, main::Layer>", "A<{unnamed type#1}>"})
    CHECK_FALSE(cx::detail::is_nameable(type));
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
  for (const char* const reserved : {"class", "int", "namespace", "xor_eq", "co_await", "std", "cortexpr",
                                     "a::cortexpr", "a::class", "linux", "main", "_x", "a__b", "class::a"}) {
    CAPTURE(reserved);
    CHECK(error_of(network, path, reserved) == path + ": expected an identifier as the name of a namespace, found '" +
                                                   reserved + "'; choose a name that C++ does not reserve");
  }
  for (const char* const wrong : {"a:b", "::a", "a::", "a::::b", "a:::b", "a.b", "a::2", "\xC3\xA4"}) {
    CAPTURE(wrong);
    CHECK(error_of(network, path, wrong).find("use letters, digits and _") != std::string::npos);
  }
  struct OfFunction : Unnameable {};
  CHECK(error_of(cx::Network<cx::Input<2>, OfFunction>{}, path, "model").find("types that other files can name") !=
        std::string::npos);
  CHECK(error_of(network, folder.path() + "/missing/model.hpp", "model")
            .find("cannot be written; check that its folder") != std::string::npos);
  CHECK(error_of(network, folder.path(), "model").find("cannot be written") != std::string::npos);
  network.parameter<"0.weight">()[1][0] = std::numeric_limits<float>::quiet_NaN();
  CHECK(error_of(network, path, "model") ==
        path + ": expected finite parameters, found nan at position 1 of 'model'; train the network again");
  CHECK(read(path) == before);
}

#include <doctest/doctest.h>

#include <array>
#include <cortexpr/io/embedded_file.hpp>
#include <cortexpr/nn/network.hpp>
#include <cstddef>
#include <string_view>

using namespace cortexpr;

namespace {

using Net = Network<Input<2>, Dense<1>>;

/// The bytes that #embed would give, of a file with weight [[1, 2]] and bias [3].
constexpr auto file = [] {
  using namespace std::string_view_literals;
  constexpr std::string_view parts[] = {"\x80\0\0\0\0\0\0\0"sv,
                                        R"({"0.weight":{"dtype":"F32","shape":[1,2],"data_offsets":[0,8]},)"
                                        R"("0.bias":{"dtype":"F32","shape":[1],"data_offsets":[8,12]}}      )"sv,
                                        "\0\0\x80\x3F\0\0\0\x40\0\0\x40\x40"sv};
  std::array<unsigned char, 8 + 128 + 12> bytes{};
  std::size_t position = 0;
  for (const std::string_view part : parts)
    for (const char character : part) bytes[position++] = static_cast<unsigned char>(character);
  return bytes;
}();

}  // namespace

TEST_CASE(
    "a safetensors file in the program: its header is checked in the compiler, its numbers are those of the file") {
  Net network{};
  load(network, from_safetensors<file>());
  CHECK(network({1, 10})[0] == 1 + 20 + 3);
  static_assert(detail::fits<Net>(detail::embedded_header(file)));
  static_assert(!detail::fits<Network<Input<3>, Dense<1>>>(detail::embedded_header(file)));
  static_assert(!detail::fits<Network<Input<2>, Dense<1>, Dense<1>>>(detail::embedded_header(file)));
  static_assert(!detail::fits<Network<Input<2>, Flatten, Dense<1>>>(detail::embedded_header(file)));
}

TEST_CASE("a safetensors file in the program: a damaged one is seen") {
  constexpr auto cut = [] {
    std::array<unsigned char, file.size() - 1> bytes{};
    for (std::size_t i = 0; i < bytes.size(); ++i) bytes[i] = file[i];
    return bytes;
  }();
  static_assert(!detail::embedded_header(cut).error.empty());
  static_assert(!detail::embedded_header(std::array<char, 7>{}).error.empty());
  static_assert(!detail::embedded_header(std::array<char, 8>{'\x7F', '\x7F'}).error.empty());
}

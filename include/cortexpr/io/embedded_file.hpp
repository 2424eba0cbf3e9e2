#pragma once

#include <cortexpr/io/save.hpp>

#include <cstddef>
#include <cstdint>
#include <iterator>
#include <string>
#include <string_view>
#include <vector>

// safetensors files inside of a program, for compilers with #embed.

namespace cortexpr {

namespace detail {

/// The characters of an array of bytes, in a constant expression too.
constexpr ConstexprString text_of(const auto& bytes, std::size_t begin, std::size_t count) {
  ConstexprString text;
  for (std::size_t i = begin; i < begin + count; ++i) text += static_cast<char>(static_cast<unsigned char>(bytes[i]));
  return text;
}

/// The header of a file. Only its own bytes are read, because a constant expression has a limited number of steps.
constexpr SafetensorsHeader embedded_header(const auto& bytes) {
  SafetensorsHeader cut_off;
  cut_off.error = "the file is cut off";
  const std::size_t size = std::size(bytes);
  const std::uint64_t length = size < 8 ? 0 : load_little_endian<std::uint64_t>(text_of(bytes, 0, 8).view().data());
  if (size < 8 || length > size - 8) return cut_off;
  const ConstexprString json = text_of(bytes, 8, static_cast<std::size_t>(length));
  return SafetensorsParser{json, size - 8 - length}.parse();
}

/// Whether the tensors of a file are those of a network: the names, the shapes, and types that load takes.
template <class Net>
constexpr bool fits(const SafetensorsHeader& header) {
  std::size_t found = 0;
  const std::vector<NetworkTensor> wanted = tensors_of<Net>();
  for (const NetworkTensor& tensor : wanted)
    for (const FileTensor& other : header.tensors)
      if (other.name == tensor.name && other.shape == tensor.shape && is_float_type(other.scalar.name)) ++found;
  return found == wanted.size() && found == header.tensors.size();
}

}  // namespace detail

/// A safetensors file in an array of bytes, whose header was checked in the compiler. `load` takes it.
template <const auto& bytes>
struct EmbeddedSafetensors {
  static_assert(detail::embedded_header(bytes).error.empty(),
                "from_safetensors: the array is no safetensors file, or it is damaged; try_load names the fault at run "
                "time");
};

/// A network's parameters from a safetensors file that lies in the program:
///
///     constexpr unsigned char file[] = {
///     #embed "digits.safetensors"
///     };
///     cx::load(network, cx::from_safetensors<file>());
///
/// `load` checks names and shapes in the compiler, and copies the numbers at run time.
/// Errors: compile time: a damaged file, and tensors that do not fit the network
template <const auto& bytes>
[[nodiscard]] constexpr EmbeddedSafetensors<bytes> from_safetensors() {
  return {};
}

template <class Net, const auto& bytes>
void load(Net& network, EmbeddedSafetensors<bytes>) {
  static_assert(detail::fits<Net>(detail::embedded_header(bytes)),
                "load: the names or the shapes of the tensors in the file are not those of the network; try_load lists "
                "the differences at run time");
  const std::string_view file{reinterpret_cast<const char*>(&bytes[0]), std::size(bytes)};
  const std::string error = detail::load_safetensors(network, file, {});
  if (!error.empty()) detail::raise(error);
}

}  // namespace cortexpr

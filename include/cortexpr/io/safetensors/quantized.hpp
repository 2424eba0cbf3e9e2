#pragma once

#include <cortexpr/io/safetensors/header.hpp>
#include <cortexpr/io/safetensors/scalars.hpp>
#include <cortexpr/io/safetensors/writer.hpp>

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <string>
#include <type_traits>

// Quantized networks in safetensors files: all their integers in order, those of 8 bits in the tensor "int8", the others
// in "int32".

namespace cortexpr::detail {

/// A network that consists of integers.
template <class Net>
concept IntegerNetwork = requires(const Net& network) {
  { Net::integers } -> std::convertible_to<std::size_t>;
  network.visit([](auto, auto, auto) {});
};

constexpr bool fits_in_a_byte(std::int32_t lowest, std::int32_t highest) { return lowest >= -128 && highest <= 127; }

template <IntegerNetwork Net>
void add_integers(const Net& network, SafetensorsWriter& writer) {
  std::string bytes, words;
  network.visit([&](std::int32_t integer, std::int32_t lowest, std::int32_t highest) {
    if (fits_in_a_byte(lowest, highest))
      bytes += static_cast<char>(static_cast<unsigned char>(integer & 0xFF));
    else
      store_little_endian(static_cast<std::uint32_t>(integer), [&](char byte) { words += byte; });
  });
  writer.add("int8", "I8", vector_shape(bytes.size()), bytes);
  writer.add("int32", "I32", vector_shape(words.size() / 4), words);
}

/// Takes the integers of a network from the data of a file, one after the other.
class IntegersOfFile {
 public:
  IntegersOfFile(const char* bytes, const char* words) : bytes_{bytes}, words_{words} {}
  std::int32_t next(std::int32_t lowest, std::int32_t highest) {
    if (fits_in_a_byte(lowest, highest)) return static_cast<std::int8_t>(load_little_endian<std::uint8_t>(bytes_++));
    const auto word = load_little_endian<std::uint32_t>(words_);
    words_ += 4;
    return static_cast<std::int32_t>(word);
  }

 private:
  const char *bytes_, *words_;
};

/// Returns an empty string, or a sentence without the name of the file; the network is then as before.
template <IntegerNetwork Net>
std::string read_integers(Net& network, const SafetensorsHeader& header, const char* data) {
  std::size_t bytes = 0, words = 0;
  network.visit(
      [&](auto&, std::int32_t lowest, std::int32_t highest) { ++(fits_in_a_byte(lowest, highest) ? bytes : words); });
  const char *bytes_begin = nullptr, *words_begin = nullptr;
  for (const FileTensor& tensor : header.tensors) {
    if (tensor.name == "int8" && tensor.scalar.name == "I8" && tensor.end - tensor.begin == bytes)
      bytes_begin = data + tensor.begin;
    if (tensor.name == "int32" && tensor.scalar.name == "I32" && tensor.end - tensor.begin == 4 * words)
      words_begin = data + tensor.begin;
  }
  if (bytes_begin == nullptr || words_begin == nullptr || header.tensors.size() != 2)
    return ("expected the tensors int8 [" + number_text(bytes) + "] and int32 [" + number_text(words) +
            "] of a quantized network of this type, found others; load the file into the type it was saved from")
        .string();
  bool in_range = true;
  IntegersOfFile check{bytes_begin, words_begin};
  network.visit([&](auto&, std::int32_t lowest, std::int32_t highest) {
    const std::int32_t integer = check.next(lowest, highest);
    in_range = in_range && integer >= lowest && integer <= highest;
  });
  if (!in_range) return "expected integers within the bounds of a quantized network, found others; the file is damaged";
  IntegersOfFile integers{bytes_begin, words_begin};
  network.visit([&](auto& to, std::int32_t lowest, std::int32_t highest) {
    to = static_cast<std::remove_reference_t<decltype(to)>>(integers.next(lowest, highest));
  });
  return {};
}

}  // namespace cortexpr::detail

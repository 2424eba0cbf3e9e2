#pragma once

#include <cortexpr/io/safetensors/scalars.hpp>

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

// The wire format of protocol buffers: a message is a sequence of fields, each a number and a value.
// Source: protobuf.dev/programming-guides/encoding

namespace cortexpr::detail {

/// The bytes of a message.
class ProtoMessage {
 public:
  /// A field with an integer. Negative integers take ten bytes.
  ProtoMessage& integer(unsigned field, std::int64_t value) {
    key(field, varint_type);
    varint(static_cast<std::uint64_t>(value));
    return *this;
  }
  ProtoMessage& number(unsigned field, float value) {
    key(field, float_type);
    store_number(value, [&](char byte) { bytes_ += byte; });
    return *this;
  }
  /// A field with a text, with bytes, or with a message.
  ProtoMessage& text(unsigned field, std::string_view value) {
    begin(field, value.size());
    bytes_ += value;
    return *this;
  }
  ProtoMessage& message(unsigned field, const ProtoMessage& inner) { return text(field, inner.bytes_); }
  /// The key and the length of a field whose `size` bytes follow.
  ProtoMessage& begin(unsigned field, std::size_t size) {
    key(field, length_type);
    varint(size);
    return *this;
  }

  [[nodiscard]] const std::string& bytes() const noexcept { return bytes_; }

 private:
  static constexpr unsigned varint_type = 0, length_type = 2, float_type = 5;

  void key(unsigned field, unsigned type) { varint(field << 3 | type); }
  /// Seven bits a byte, the lowest first. All bytes but the last have their highest bit set.
  void varint(std::uint64_t value) {
    for (; value >= 0x80; value >>= 7) bytes_ += static_cast<char>(static_cast<unsigned char>((value & 0x7F) | 0x80));
    bytes_ += static_cast<char>(static_cast<unsigned char>(value));
  }

  std::string bytes_;
};

}  // namespace cortexpr::detail

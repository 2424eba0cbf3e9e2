#pragma once

#include <cortexpr/core/constexpr_string.hpp>

#include <cstddef>
#include <cstdint>
#include <limits>
#include <string>
#include <string_view>

// The JSON that the header of a safetensors file consists of, read in one pass, at run time and in constant expressions.

namespace cortexpr::detail {

/// Reads JSON from its beginning to its end. Each function reads what its name says, or sets the error and returns an
/// empty value; after an error nothing more is read.
class JsonReader {
 public:
  constexpr explicit JsonReader(std::string_view text) : text_{text} {}

  [[nodiscard]] constexpr bool ok() const noexcept { return error_ == nullptr; }
  /// What was expected, or null.
  [[nodiscard]] constexpr const char* error() const noexcept { return error_; }
  /// The position of the character that is not as expected.
  [[nodiscard]] constexpr std::size_t position() const noexcept { return position_; }
  constexpr void fail(const char* expected) {
    if (ok()) error_ = expected;
  }

  /// Whether the next character is this one, which is then read.
  constexpr bool take(char character) {
    skip_blanks();
    if (!ok() || position_ >= text_.size() || text_[position_] != character) return false;
    ++position_;
    return true;
  }
  constexpr void expect(char character, const char* expected) {
    if (!take(character)) fail(expected);
  }
  /// Only blanks may follow.
  constexpr void expect_end() {
    skip_blanks();
    if (position_ < text_.size()) fail("the end of the header");
  }

  /// Calls member(key) for each member of an object, which reads the value.
  template <class Member>
  constexpr void object(const Member& member) {
    expect('{', "an object, which begins with '{'");
    if (take('}')) return;
    do {
      const ConstexprString key = string();
      expect(':', "':' after a key");
      if (ok()) member(key);
    } while (take(','));
    expect('}', "',' or '}' in an object");
  }
  /// Calls element() for each element of an array, which reads it.
  template <class Element>
  constexpr void array(const Element& element) {
    expect('[', "an array, which begins with '['");
    if (take(']')) return;
    do
      if (ok()) element();
    while (take(','));
    expect(']', "',' or ']' in an array");
  }

  constexpr ConstexprString string() {
    ConstexprString result;
    expect('"', "a string, which begins with '\"'");
    while (ok()) {
      if (position_ >= text_.size()) return fail("'\"' at the end of a string"), ConstexprString{};
      const char character = text_[position_++];
      if (character == '"') return result;
      if (character == '\\')
        escaped(result);
      else if (static_cast<unsigned char>(character) < 0x20)
        --position_, fail("no control characters in a string");
      else
        result += character;
    }
    return {};
  }

  /// A number without sign, fraction and exponent.
  constexpr std::uint64_t integer() {
    skip_blanks();
    if (!is_digit()) return fail("an integer that is not negative"), 0;
    if (text_[position_] == '0' && position_ + 1 < text_.size() && text_[position_ + 1] >= '0' &&
        text_[position_ + 1] <= '9')
      return fail("a number without leading zeros"), 0;
    std::uint64_t value = 0;
    for (; is_digit(); ++position_) {
      const auto digit = static_cast<std::uint64_t>(text_[position_] - '0');
      if (value > (std::numeric_limits<std::uint64_t>::max() - digit) / 10)
        return fail("an integer of at most 64 bits"), 0;
      value = value * 10 + digit;
    }
    if (position_ < text_.size() && (text_[position_] == '.' || text_[position_] == 'e' || text_[position_] == 'E'))
      fail("an integer without fraction and exponent");
    return value;
  }

 private:
  constexpr bool is_digit() const {
    return ok() && position_ < text_.size() && text_[position_] >= '0' && text_[position_] <= '9';
  }
  constexpr void skip_blanks() {
    while (position_ < text_.size() && (text_[position_] == ' ' || text_[position_] == '\n' ||
                                        text_[position_] == '\r' || text_[position_] == '\t'))
      ++position_;
  }

  /// Reads what follows a backslash.
  constexpr void escaped(ConstexprString& result) {
    if (position_ >= text_.size()) return fail("a character after a backslash");
    constexpr std::string_view letters = "\"\\/bfnrt", values = "\"\\/\b\f\n\r\t";
    const char character = text_[position_++];
    if (const std::size_t found = letters.find(character); found != std::string_view::npos) {
      result += values[found];
    } else if (character == 'u') {
      append_utf8(code_point(), result);
    } else {
      --position_;
      fail("one of \" \\ / b f n r t u after a backslash");
    }
  }
  /// The four hexadecimal digits after \u, and the second half of a surrogate pair.
  constexpr std::uint32_t code_point() {
    const std::uint32_t first = four_digits();
    if (first < 0xD800 || first > 0xDFFF) return first;
    if (first > 0xDBFF || text_.substr(position_, 2) != "\\u") return fail("a pair of surrogates"), 0;
    position_ += 2;
    const std::uint32_t second = four_digits();
    if (second < 0xDC00 || second > 0xDFFF) return fail("a pair of surrogates"), 0;
    return 0x10000 + ((first - 0xD800) << 10) + (second - 0xDC00);
  }
  constexpr std::uint32_t four_digits() {
    std::uint32_t value = 0;
    for (int i = 0; i < 4; ++i, ++position_) {
      const char digit = position_ < text_.size() ? text_[position_] : ' ';
      const char letter = static_cast<char>(digit | 0x20);
      if (digit >= '0' && digit <= '9')
        value = value * 16 + static_cast<std::uint32_t>(digit - '0');
      else if (letter >= 'a' && letter <= 'f')
        value = value * 16 + static_cast<std::uint32_t>(letter - 'a') + 10;
      else
        return fail("four hexadecimal digits after \\u"), 0;
    }
    return value;
  }
  static constexpr void append_utf8(std::uint32_t code, ConstexprString& result) {
    const auto byte = [&](std::uint32_t value) { result += static_cast<char>(static_cast<unsigned char>(value)); };
    if (code < 0x80) return byte(code);
    if (code < 0x800) {
      byte(0xC0 | code >> 6);
    } else {
      if (code < 0x10000) {
        byte(0xE0 | code >> 12);
      } else {
        byte(0xF0 | code >> 18);
        byte(0x80 | (code >> 12 & 0x3F));
      }
      byte(0x80 | (code >> 6 & 0x3F));
    }
    byte(0x80 | (code & 0x3F));
  }

  std::string_view text_;
  std::size_t position_ = 0;
  const char* error_ = nullptr;
};

/// Appends a string of JSON, with its quotes.
inline void append_json_string(std::string_view text, std::string& json) {
  json += '"';
  for (const char character : text) {
    constexpr char hexadecimal[] = "0123456789abcdef";
    const auto byte = static_cast<unsigned char>(character);
    if (character == '"' || character == '\\') json += '\\';
    if (byte < 0x20)
      ((json += "\\u00") += hexadecimal[byte >> 4]) += hexadecimal[byte & 15];
    else
      json += character;
  }
  json += '"';
}

}  // namespace cortexpr::detail

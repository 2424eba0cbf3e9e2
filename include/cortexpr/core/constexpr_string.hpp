#pragma once

#include <cortexpr/config.hpp>

#include <compare>
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace cortexpr::detail {

/// A string that works in constant expressions. (With libstdc++ 12, std::string does not in Clang.)
class ConstexprString {
 public:
  constexpr ConstexprString() = default;
  constexpr ConstexprString(std::string_view text) { *this += text; }
  constexpr ConstexprString(const char* text) : ConstexprString{std::string_view{text}} {}
  ConstexprString(const std::string& text) : ConstexprString{std::string_view{text}} {}

  [[nodiscard]] constexpr std::string_view view() const noexcept { return {characters_.data(), characters_.size()}; }
  [[nodiscard]] std::string string() const { return std::string{view()}; }
  constexpr operator std::string_view() const noexcept { return view(); }
  [[nodiscard]] constexpr bool empty() const noexcept { return characters_.empty(); }

  constexpr ConstexprString& operator+=(char character) {
    characters_.push_back(character);
    return *this;
  }
  constexpr ConstexprString& operator+=(std::string_view text) {
    for (const char character : text) characters_.push_back(character);
    return *this;
  }
  [[nodiscard]] friend constexpr ConstexprString operator+(ConstexprString a, std::string_view b) {
    a += b;
    return a;
  }
  [[nodiscard]] friend constexpr ConstexprString operator+(ConstexprString a, const char* b) {
    a += std::string_view{b};
    return a;
  }
  [[nodiscard]] friend constexpr ConstexprString operator+(const char* a, const ConstexprString& b) {
    return ConstexprString{a} + b.view();
  }
  [[nodiscard]] friend constexpr ConstexprString operator+(ConstexprString a, const ConstexprString& b) {
    a += b.view();
    return a;
  }
  [[nodiscard]] friend constexpr bool operator==(const ConstexprString& a, std::string_view b) { return a.view() == b; }
  [[nodiscard]] friend constexpr bool operator==(const ConstexprString& a, const char* b) { return a.view() == b; }
  [[nodiscard]] friend constexpr bool operator==(const ConstexprString& a, const ConstexprString& b) {
    return a.view() == b.view();
  }

 private:
  std::vector<char> characters_;
};

}  // namespace cortexpr::detail

#pragma once

#include <cxxabi.h>

#include <bit>
#include <charconv>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <string>
#include <string_view>
#include <type_traits>
#include <typeinfo>

namespace cortexpr::detail {

/// The shortest text that is this number, as a literal.
template <std::floating_point T>
void append_literal(T number, std::string& text) {
  char digits[64];
  const auto end = std::to_chars(digits, digits + sizeof digits, number).ptr;
  const std::string_view written{digits, static_cast<std::size_t>(end - digits)};
  text += written;
  if (written.find_first_of(".e") == std::string_view::npos) text += '.';
  if (sizeof(T) == sizeof(float)) text += 'f';
}

inline void append_literal(int number, std::string& text) { text += std::to_string(number); }

/// Literals for the template arguments that GNU's demangler writes as their bits: 0.01f for (float)[3c23d70a].
template <class T>
void spell_numbers(std::string& name, std::string_view before) {
  std::size_t begin = 0;
  while ((begin = name.find(before, begin)) != std::string::npos) {
    const std::size_t digits = begin + before.size(), end = name.find(']', digits);
    std::conditional_t<sizeof(T) == 4, std::uint32_t, std::uint64_t> bits = 0;
    std::from_chars(name.data() + digits, name.data() + end, bits, 16);
    std::string literal;
    append_literal(std::bit_cast<T>(bits), literal);
    name.replace(begin, end + 1 - begin, literal);
  }
}

/// A type as C++ spells it, template arguments to the last bit; __PRETTY_FUNCTION__ of Clang rounds them.
template <class Type>
std::string type_name() {
  const std::unique_ptr<char, decltype(&std::free)> demangled{
      abi::__cxa_demangle(typeid(Type).name(), nullptr, nullptr, nullptr), std::free};
  std::string name = demangled == nullptr ? typeid(Type).name() : demangled.get();
  spell_numbers<float>(name, "(float)[");
  spell_numbers<double>(name, "(double)[");
  return name;
}

}  // namespace cortexpr::detail

#pragma once

#include <cortexpr/config.hpp>

#include <cxxabi.h>

#include <bit>
#include <charconv>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <type_traits>
#include <typeinfo>

namespace cortexpr::detail {

/// Appends the shortest C++ literal that has exactly this value.
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

/// Replaces the bits that GNU's demangler writes for floating-point template arguments by literals: (float)[3c23d70a]
/// becomes 0.01f.
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

/// The name of a type in C++, with exact template arguments. (Clang's __PRETTY_FUNCTION__ rounds them.)
template <class Type>
std::string type_name() {
#ifndef __cpp_rtti
  static_assert(sizeof(Type) == 0, "write_header and checkpoints need the names of types: compile without -fno-rtti");
  return {};
#else
  char* const demangled = abi::__cxa_demangle(typeid(Type).name(), nullptr, nullptr, nullptr);
  std::string name = demangled == nullptr ? typeid(Type).name() : demangled;
  std::free(demangled);
  // The tags of CORTEXPR_ABI.
  for (std::size_t tag = 0; (tag = name.find("[abi:")) != std::string::npos;)
    name.erase(tag, name.find(']', tag) + 1 - tag);
  spell_numbers<float>(name, "(float)[");
  spell_numbers<double>(name, "(double)[");
  return name;
#endif
}

}  // namespace cortexpr::detail

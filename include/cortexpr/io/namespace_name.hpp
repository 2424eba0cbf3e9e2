#pragma once

#include <algorithm>
#include <cstddef>
#include <string_view>

namespace cortexpr::detail {

/// Words that cannot name a namespace in a header: the keywords of C++20, the alternative tokens, macros of GNU C++, and
/// names with which the header's own text would not compile. Sorted.
inline constexpr std::string_view reserved_words[] = {
    "alignas",       "alignof",      "and",       "and_eq",   "asm",          "auto",
    "bitand",        "bitor",        "bool",      "break",    "case",         "catch",
    "char",          "char16_t",     "char32_t",  "char8_t",  "class",        "co_await",
    "co_return",     "co_yield",     "compl",     "concept",  "const",        "const_cast",
    "consteval",     "constexpr",    "constinit", "continue", "cortexpr",     "decltype",
    "default",       "delete",       "do",        "double",   "dynamic_cast", "else",
    "enum",          "explicit",     "export",    "extern",   "false",        "float",
    "for",           "friend",       "goto",      "if",       "inline",       "int",
    "linux",         "long",         "main",      "mutable",  "namespace",    "new",
    "noexcept",      "not",          "not_eq",    "nullptr",  "operator",     "or",
    "or_eq",         "private",      "protected", "public",   "register",     "reinterpret_cast",
    "requires",      "return",       "short",     "signed",   "sizeof",       "static",
    "static_assert", "static_cast",  "std",       "struct",   "switch",       "template",
    "this",          "thread_local", "throw",     "true",     "try",          "typedef",
    "typeid",        "typename",     "union",     "unix",     "unsigned",     "using",
    "virtual",       "void",         "volatile",  "wchar_t",  "while",        "xor",
    "xor_eq"};
static_assert(std::is_sorted(std::begin(reserved_words), std::end(reserved_words)),
              "reserved_words: they are looked up by bisection; sort them");

/// What is to be done where a program cannot declare `name` in any scope; nullptr where it can.
constexpr const char* identifier_remedy(std::string_view name) {
  const auto is_digit = [](char c) { return c >= '0' && c <= '9'; };
  const auto is_valid = [&](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || is_digit(c) || c == '_';
  };
  if (name.empty() || is_digit(name.front()) || !std::all_of(name.begin(), name.end(), is_valid))
    return "use letters, digits and _";
  if (name.front() == '_' || name.find("__") != std::string_view::npos ||
      std::binary_search(std::begin(reserved_words), std::end(reserved_words), name))
    return "choose a name that C++ does not reserve";
  return nullptr;
}

/// The same for the name of a namespace: one identifier, or several with :: between them.
constexpr const char* namespace_name_remedy(std::string_view name) {
  for (std::size_t end = 0; (end = name.find("::")) != std::string_view::npos; name.remove_prefix(end + 2))
    if (const char* const remedy = identifier_remedy(name.substr(0, end)); remedy != nullptr) return remedy;
  return identifier_remedy(name);
}

/// Whether another file can name the type: no type of an unnamed namespace, no lambda and no type of a function is part
/// of it. `type` is as the demangler writes it.
constexpr bool is_nameable(std::string_view type) {
  // A function's types begin with its signature: "f(int)::Layer"; main has none.
  for (const std::string_view part : {"(anonymous", "{lambda", "{unnamed", "'lambda", "'unnamed", ")::"})
    if (type.find(part) != std::string_view::npos) return false;
  for (std::size_t at = 0; (at = type.find("main::", at)) != std::string_view::npos; ++at)
    if (at == 0 || std::string_view{" <(,"}.find(type[at - 1]) != std::string_view::npos) return false;
  return true;
}

}  // namespace cortexpr::detail

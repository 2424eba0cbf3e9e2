#pragma once

#include <cortexpr/core/error.hpp>
#include <cortexpr/core/math/constant.hpp>
#include <cortexpr/core/output_file.hpp>
#include <cortexpr/io/namespace_name.hpp>
#include <cortexpr/io/type_name.hpp>
#include <cortexpr/nn/handle.hpp>
#include <cortexpr/nn/serialize.hpp>
#include <cortexpr/simd/arch/scalar/int8_order.hpp>

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace cortexpr {

namespace detail {

/// What the messages of write_header name.
struct HeaderNames {
  const char *path, *name;
};

/// The declarations of a header up to its type.
inline std::string begin_header(std::string_view type, HeaderNames names) {
  std::string text{
      "#pragma once\n\n// A network that cortexpr wrote: its type, and its parameters, which lie in flash.\n\n"
      "#include <cortexpr/embedded.hpp>\n#include <cortexpr/nn/serialize.hpp>\n\nnamespace "};
  ((text += names.name) += " {\n\nstatic_assert(cortexpr::serialized_version == ") +=
      std::to_string(serialized_version);
  ((text += ",\n              \"") += names.name) +=
      ": this header was written for another version of cortexpr; write it again\");\n";
  return ((text += "using Model = ") += type) += ";\n";
}

/// Appends numbers, separated by commas, in lines of at most 120 characters.
template <class Number>
void append_numbers(const Number* numbers, std::size_t count, std::string& text) {
  std::size_t line = text.size();
  for (std::size_t i = 0; i < count; ++i) {
    // GCC 12 warns of the operator += with a literal here.
    if (text.size() > line + 110) line = text.append(1, '\n').append(2, ' ').size() - 2;
    append_literal(numbers[i], text);
    if (i + 1 < count) text += ", ";
  }
}

/// Appends the arrays of a network as members of a struct, with their numbers as initializers: first the parameters, then
/// the statistics, as in the block of the network.
template <class Net>
std::string header_of(const Net& network, std::string_view type, HeaderNames names) {
  using T = typename Net::value_type;
  const std::string scalar = type_name<T>();
  std::string text = begin_header(type, names), values;
  text += "struct alignas(Model) Parameters {\n";
  std::size_t arrays = 0, position = 0;
  for (const Region region : {Region::parameters, Region::statistics})
    for_each_parameter<typename Net::chain>(network.data(), [&]<class Array>(Array, auto rows) {
      if (Array::region != region || rows.count * rows.columns == 0) return;
      const std::string extents = std::to_string(rows.count) + ", " + std::to_string(rows.columns);
      ((((text += "  cortexpr::detail::SerializedArray<") += scalar) += ", ") += extents) += "> array";
      (text += std::to_string(arrays++)) += ";\n";
      values += "  {\n";
      for (std::size_t row = 0; row < rows.count; ++row) {
        for (std::size_t i = 0; i < rows.columns; ++i, ++position)
          if (!is_finite(rows[row][i]))
            data_error("%s: expected finite parameters, found %g at position %zu of '%s'; train the network again",
                       names.path, static_cast<double>(rows[row][i]), position, names.name);
        values += "  {";
        append_numbers(rows[row], rows.columns, values);
        values += "},\n";
      }
      values += "  },\n";
    });
  if (arrays == 0) text += "  " + scalar + " none[1];\n";
  return text += "};\ninline constexpr Parameters parameters = {\n" + values +
                 "};\ninline constexpr Model model = " + "cortexpr::deserialize<Model>(parameters);\n\n}\n";
}

/// A string literal of bytes.
inline void append_bytes(std::string_view bytes, std::string& text) {
  std::size_t line = text.size();
  text += '"';
  for (const char character : bytes) {
    if (text.size() > line + 112) line = (text += "\"\n\"").size() - 1;
    if (character >= ' ' && character <= '~' && character != '"' && character != '\\' && character != '?') {
      text += character;
    } else {
      const auto byte = static_cast<unsigned char>(character);
      text += '\\';
      for (const int digit : {byte >> 6, byte >> 3 & 7, byte & 7}) text += static_cast<char>('0' + digit);
    }
  }
  text += "\"\n";
}

/// Collects the integers of a quantized network, and its weights in an order of simd/arch/scalar/int8_order.hpp.
template <template <std::size_t, std::size_t> class Order>
struct CollectIntegers {
  std::vector<int>& integers;
  std::string& bytes;

  void operator()(std::int32_t integer, std::int32_t, std::int32_t) const { integers.push_back(integer); }
  template <class Constants>
  void visit_weights(const Constants& constants) const {
    using Packed = Order<Constants::rows, Constants::columns>;
    for (std::size_t group = 0; group < Constants::groups; ++group) {
      std::vector<std::int8_t> packed((Packed::bytes + Packed::alignment - 1) / Packed::alignment * Packed::alignment);
      for (std::size_t row = 0; row < Constants::rows; ++row)
        for (std::size_t k = 0; k < Constants::columns; ++k)
          Packed::set(packed.data(), row, k, constants.weight(group * Constants::rows + row, k));
      for (const std::int8_t value : packed) bytes += static_cast<char>(value);
    }
  }
};

/// Appends the weights in one of the orders, and sets `integers` to the others.
template <template <std::size_t, std::size_t> class Order>
void append_weights(const auto& network, const char* condition, std::vector<int>& integers, std::string& text) {
  std::string bytes;
  integers.clear();
  network.visit(CollectIntegers<Order>{integers, bytes});
  (text += condition) += '\n';
  append_bytes(bytes, text);
}

/// The weights lie in the header once for each order, because packing them in the compiler would exceed its limits.
template <class Net>
  requires requires { typename Net::packed_weights; }
std::string header_of(const Net& network, std::string_view type, HeaderNames names) {
  std::vector<int> integers;
  std::string weights;
  append_weights<simd::BlockOrder>(network, "#if CORTEXPR_INT8_ORDER == CORTEXPR_INT8_BLOCKS", integers, weights);
  append_weights<simd::HalfwordOrder>(network, "#elif CORTEXPR_INT8_ORDER == CORTEXPR_INT8_HALFWORDS", integers,
                                      weights);
  append_weights<simd::RegisterOrder>(network, "#elif CORTEXPR_INT8_ORDER == CORTEXPR_INT8_REGISTERS", integers,
                                      weights);
  append_weights<simd::PairOrder>(network, "#else", integers, weights);
  std::string text = begin_header(type, names) + "inline constexpr int integers[] = {\n  ";
  append_numbers(integers.data(), integers.size(), text);
  return text +=
         "\n};\n#pragma GCC diagnostic push\n#pragma GCC diagnostic ignored \"-Woverlength-strings\"\n"
         "inline constexpr signed char weights[] =\n" +
         weights +
         "#endif\n    ;\n#pragma GCC diagnostic pop\n"
         "inline constexpr Model model = cortexpr::deserialize<Model>(integers, weights);\n\n}\n";
}

}  // namespace detail

/// Writes a network as a header, for programs that read no files. The header declares the namespace `name` with the
/// type `Model` and the constant `model`, which has the same bits as the network and which a compiler puts into flash:
///
///     cx::write_header(network, "digits.hpp", "digits");
///     // elsewhere: #include "digits.hpp" ... digits::model.classify(image)
///
/// The name may be that of a nested namespace, "models::digits". It takes quantized networks too. Where the network
/// has a layer or an activation of your own, include the file that defines it before the header.
/// Errors: DataError: a parameter that is not finite, a `name` that no namespace can have, a network of types that
///         another file cannot name, a file that cannot be written (an old file is left as it was)
template <Serializable Net>
void write_header(const Net& network, const std::string& path, const std::string& name) {
  const std::string type = detail::type_name<Net>();
  if (const char* const remedy = detail::namespace_name_remedy(name); remedy != nullptr)
    detail::data_error("%s: expected an identifier as the name of a namespace, found '%.60s'; %s", path.c_str(),
                       name.c_str(), remedy);
  if (!detail::is_nameable(type))
    detail::data_error(
        "%s: expected a network of types that other files can name, found one of an unnamed namespace, a function or "
        "a lambda in '%s'; give it a name in a header",
        path.c_str(), name.c_str());
  detail::write_file(path, detail::header_of(network, type, {path.c_str(), name.c_str()}));
}
template <class Net>
void write_header(const Handle<Net>& network, const std::string& path, const std::string& name) {
  write_header(*network, path, name);
}

}  // namespace cortexpr

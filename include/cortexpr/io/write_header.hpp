#pragma once

#include <cortexpr/core/error.hpp>
#include <cortexpr/core/math/constant.hpp>
#include <cortexpr/core/output_file.hpp>
#include <cortexpr/io/namespace_name.hpp>
#include <cortexpr/io/type_name.hpp>
#include <cortexpr/nn/serialize.hpp>
#include <cortexpr/nn/static_network.hpp>

#include <cstddef>
#include <string>
#include <string_view>

namespace cortexpr {

namespace detail {

template <class Net>
std::string header_of(const Net& network, std::string_view type, const char* path, const char* name) {
  std::string text{
      "#pragma once\n\n// A network that cortexpr wrote: its type, and its parameters, which lie in flash.\n\n"
      "#include <cortexpr/embedded.hpp>\n#include <cortexpr/nn/serialize.hpp>\n\nnamespace "};
  ((text += name) += " {\n\nstatic_assert(cortexpr::serialized_version == ") += std::to_string(serialized_version);
  ((text += ",\n              \"") += name) +=
      ": this header was written for another version of cortexpr; write it again\");\n";
  (text += "using Model = ") += type;
  ((text += ";\ninline constexpr ") += type_name<typename SerializedNumber<Net>::type>()) += " parameters[] = {";
  std::size_t line = 0, position = 0;
  for_each_serialized(network, [&](const auto& number) {
    if (!is_finite(number))
      data_error("%s: expected finite parameters, found %g at position %zu of '%s'; train the network again", path,
                 static_cast<double>(number), position, name);
    if (position++ == 0 || text.size() > line + 110) line = (text += "\n  ").size() - 2;
    append_literal(number, text);
    text += ", ";
  });
  return text += "\n};\ninline constexpr Model model = cortexpr::deserialize<Model>(parameters);\n\n}\n";
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
  detail::write_file(path, detail::header_of(network, type, path.c_str(), name.c_str()));
}
template <class Net>
void write_header(const StaticNetwork<Net>& network, const std::string& path, const std::string& name) {
  write_header(*network, path, name);
}

}  // namespace cortexpr

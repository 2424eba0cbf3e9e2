#include <cortexpr/io/save.hpp>
#include <cortexpr/nn/network.hpp>
#include <cstddef>
#include <cstdint>
#include <string_view>

// A file is either loaded, or refused with a sentence and without a change.

using namespace cortexpr;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  using Net = Network<Input<2>, Dense<3>, BatchNorm<>>;
  const std::string_view file{reinterpret_cast<const char*>(bytes), size};
  for (const Match match : {Match::names, Match::in_order}) {
    Net network{};
    Metadata metadata;
    const std::string error = detail::load_safetensors(
        network, file, {.match = match, .missing_biases_are_zero = true, .metadata = &metadata});
    if (!error.empty() && !(network == Net{})) __builtin_trap();
  }
  return 0;
}

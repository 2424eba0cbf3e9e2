#pragma once

#include <cortexpr/kernels/requantize.hpp>
#include <cortexpr/nn/layers/composite/branches.hpp>
#include <cortexpr/nn/report/cost.hpp>
#include <cortexpr/quantize/int8/int8_chain.hpp>
#include <cortexpr/quantize/int8/int8_layer.hpp>

#include <array>
#include <cstddef>
#include <type_traits>

namespace cortexpr::detail {

/// How the codes of several branches become those of one output: (code - zero) * factor * 2^-shift of each.
template <std::size_t Branches>
struct JoinConstants {
  std::int32_t factor[Branches]{};
  std::uint8_t shift[Branches]{};
  std::int8_t zero[Branches]{};
  std::int8_t output_zero = 0;
  [[nodiscard]] friend constexpr bool operator==(const JoinConstants&, const JoinConstants&) = default;

  /// Sums of `added` branches must fit in 31 bits.
  constexpr Quantization quantize(const std::array<Quantization, Branches>& branches, Range range, std::size_t added) {
    float coarsest = 0;
    for (const Quantization& branch : branches) coarsest = branch.scale > coarsest ? branch.scale : coarsest;
    const Quantization result = quantization_of(range, coarsest / 64);
    std::uint8_t bits = 20;
    while (static_cast<double>(coarsest / result.scale) * static_cast<double>(added) * 256 * (1 << bits) >= 0x1p30)
      --bits;
    for (std::size_t k = 0; k < Branches; ++k) {
      const double nearest = static_cast<double>(branches[k].scale) / result.scale * (1 << bits) + 0.5;
      factor[k] = static_cast<std::int32_t>(nearest);
      shift[k] = bits;
      zero[k] = static_cast<std::int8_t>(branches[k].zero_point);
    }
    output_zero = static_cast<std::int8_t>(result.zero_point);
    return result;
  }

  CORTEXPR_INLINE constexpr std::int32_t part(std::size_t branch, std::int32_t code) const {
    return (code - zero[branch]) * factor[branch];
  }
  CORTEXPR_INLINE constexpr std::int8_t code(std::size_t branch, std::int32_t sum) const {
    const std::int32_t rounded = (sum + (std::int32_t{1} << (shift[branch] - 1))) >> shift[branch];
    return kernels::clamp_code(rounded + output_zero, -128, 127);
  }
  static constexpr std::size_t integers = 3 * Branches + 1;
  static constexpr void visit(auto& constants, auto action) {
    for (std::size_t k = 0; k < Branches; ++k) {
      action(constants.factor[k], 0, INT32_MAX);
      action(constants.shift[k], 1, 31);
      action(constants.zero[k], -128, 127);
    }
    action(constants.output_zero, -128, 127);
  }
};

/// A layer that consists of branches: each is a chain; their codes are brought to one meaning while they are joined.
template <class Place>
  requires MadeOfLayers<Place>
struct QuantizedForm<Place> : FormDefaults {
  using List = BranchesOf<Place>;
  using Join = typename Place::layer::join;
  static constexpr std::size_t branches = List::size;
  static constexpr std::size_t output_bytes = Place::output_shape::size;
  template <std::size_t K>
  using Chain = QuantizedChain<typename At<List, K>::places>;

  template <class Branches>
  struct ConstantsOf;
  template <std::size_t... K>
  struct ConstantsOf<std::index_sequence<K...>> : ChainPart<K, Chain<K>>... {
    JoinConstants<branches> join{};

    static constexpr std::size_t integers = (decltype(join)::integers + ... + Chain<K>::Constants::integers);
    static constexpr void visit(auto& constants, auto action) {
      (Chain<K>::Constants::visit(part_of<ChainPart<K, Chain<K>>>(constants).constants, action), ...);
      decltype(join)::visit(constants.join, action);
    }
    [[nodiscard]] friend constexpr bool operator==(const ConstantsOf&, const ConstantsOf&) = default;
  };
  using Constants = ConstantsOf<std::make_index_sequence<branches>>;

  /// The branches' arenas lie side by side.
  template <std::size_t Branch>
  static constexpr std::size_t arena_begin = [] {
    std::size_t result = 0;
    for_each_index<Branch>([&]<std::size_t K>() { result += Chain<K>::arena.elements; });
    return result;
  }();
  static constexpr std::size_t scratch_bytes = arena_begin<branches>;
  static constexpr std::size_t operand_elements = [] {
    std::size_t result = 0;
    for_each_index<branches>([&]<std::size_t K>() { result = larger(result, Chain<K>::operand_elements); });
    return result;
  }();
  static constexpr std::size_t slots = [] {
    std::size_t result = 1;
    for_each_index<branches>([&]<std::size_t K>() { result += Chain<K>::slots; });
    return result;
  }();

  static constexpr Quantization quantize(Constants& to, const float* block, Quantization input, const Range* ranges) {
    std::array<Quantization, branches> outputs{};
    for_each_index<branches>([&]<std::size_t K>() {
      outputs[K] = Chain<K>::quantize(part_of<ChainPart<K, Chain<K>>>(to).constants, block, input, ranges);
      ranges += Chain<K>::slots;
    });
    return to.join.quantize(outputs, ranges[0], Join::adds ? branches : 1);
  }

  template <class Code>
  static constexpr void run(const Constants& constants, const Code* input, std::int8_t* output,
                            QuantizedScratch scratch) {
    run_branches<0>(constants, input, output, scratch);
  }

 private:
  /// Branch after branch; then all outputs are there, of codes, or of bytes where a branch passes the network's on.
  template <std::size_t K, class Code, class... Outputs>
  static constexpr void run_branches(const Constants& constants, const Code* input, std::int8_t* output,
                                     QuantizedScratch scratch, const Outputs*... outputs) {
    if constexpr (K == branches) {
      join_outputs(constants.join, output, std::make_index_sequence<branches>{}, outputs...);
    } else {
      const auto* const result = Chain<K>::run(part_of<const ChainPart<K, Chain<K>>>(constants).constants, input,
                                               {scratch.bytes + arena_begin<K>, scratch.operands});
      run_branches<K + 1>(constants, input, output, scratch, outputs..., result);
    }
  }

  template <std::size_t... K, class... Outputs>
  static constexpr void join_outputs(const JoinConstants<branches>& join, std::int8_t* output,
                                     std::index_sequence<K...>, const Outputs*... outputs) {
    if constexpr (Join::adds) {
      for (std::size_t i = 0; i < output_bytes; ++i)
        output[i] = join.code(0, (join.part(K, simd::code_of(outputs[i])) + ...));
    } else {
      const auto put = [&]<std::size_t Branch>(const auto* codes) {
        for (std::size_t i = 0; i < At<List, Branch>::output_shape::size; ++i)
          *output++ = join.code(Branch, join.part(Branch, simd::code_of(codes[i])));
      };
      (put.template operator()<K>(outputs), ...);
    }
  }
};

}  // namespace cortexpr::detail

#pragma once

#include <cortexpr/core/type_list.hpp>
#include <cortexpr/nn/memory/arena_planner.hpp>
#include <cortexpr/nn/memory/plans.hpp>
#include <cortexpr/quantize/int8/int8_layer.hpp>

#include <array>
#include <cstddef>
#include <type_traits>
#include <utility>

// 8-bit layers one after the other, with their buffers planned in one arena of bytes.

namespace cortexpr::detail {

/// The constants of number `Index` of several 8-bit layers or chains: a base class, so that empty ones take no bytes.
template <std::size_t Index, class Owner>
struct ConstantsPart {
  [[no_unique_address]] typename Owner::Constants constants{};
  [[nodiscard]] friend constexpr bool operator==(const ConstantsPart&, const ConstantsPart&) = default;
};

/// The constants of base class ConstantsPart<Index, Owner> of `all`.
template <std::size_t Index, class Owner, class All>
constexpr auto& constants_of(All& all) {
  using Part = ConstantsPart<Index, Owner>;
  return static_cast<std::conditional_t<std::is_const_v<All>, const Part, Part>&>(all).constants;
}

template <class Indices, class... Owners>
struct ConstantsOfAll;
template <std::size_t... Index, class... Owners>
struct ConstantsOfAll<std::index_sequence<Index...>, Owners...> : ConstantsPart<Index, Owners>... {
  static constexpr std::size_t integers = (std::size_t{0} + ... + Owners::Constants::integers);
  static constexpr void visit(auto& all, [[maybe_unused]] auto action) {
    (Owners::Constants::visit(constants_of<Index, Owners>(all), action), ...);
  }
  [[nodiscard]] friend constexpr bool operator==(const ConstantsOfAll&, const ConstantsOfAll&) = default;
};

template <class ChainType, class Rounding = rounding::HalfUp, class Indices = std::make_index_sequence<ChainType::size>>
struct Int8Chain;
template <class ChainType, class Rounding, std::size_t... Index>
struct Int8Chain<ChainType, Rounding, std::index_sequence<Index...>> {
  static constexpr std::size_t layers = sizeof...(Index);
  template <std::size_t Layer>
  using LayerOf = Int8LayerAt<ChainType, Layer, Rounding>;
  using Constants = ConstantsOfAll<std::index_sequence<Index...>, LayerOf<Index>...>;

  /// Each buffer begins at a multiple of 4 bytes.
  static constexpr std::size_t buffer_bytes(std::size_t bytes) { return (bytes + 3) / 4 * 4; }
  static constexpr ArenaPlan<2 * layers> arena = plan_arena([] {
    std::array<Lifetime, 2 * layers> buffers{};  // outputs, then scratch
    Lifetime* output = nullptr;
    for_each_index<layers>([&](auto index) {
      constexpr std::size_t layer = index;
      using Here = LayerOf<layer>;
      if constexpr (Here::output_bytes > 0) {
        if (output != nullptr) output->last = layer;
        output = &buffers[layer];
        *output = {buffer_bytes(Here::output_bytes), layer, layers};
        buffers[layers + layer] = {buffer_bytes(Here::scratch_bytes), layer, layer};
      }
    });
    return buffers;
  }());
  static constexpr std::size_t operand_elements = [] {
    std::size_t result = 0;
    ((result = larger(result, LayerOf<Index>::operand_elements)), ...);
    return result;
  }();
  static constexpr std::size_t observed_tensors = (std::size_t{0} + ... + LayerOf<Index>::observed_tensors);
  static constexpr bool passes_through = (true && ... && (LayerOf<Index>::output_bytes == 0));

  /// Returns the quantization of the last output.
  static constexpr Quantization quantize(Constants& to, ChainData<const float> data, Quantization input,
                                         const Range* ranges) {
    for_each_index<layers>([&](auto index) {
      constexpr std::size_t layer = index;
      using Here = LayerOf<layer>;
      input = Here::quantize(constants_of<layer, Here>(to), data.at(ChainType::offsets[layer]), input, ranges);
      ranges += Here::observed_tensors;
    });
    return input;
  }

  /// Returns the last output, which lies in the arena, or the input if all layers pass it through.
  template <std::size_t Layer = 0, class Value>
  static constexpr auto run(const Constants& all, const Value* input, Int8Scratch scratch) {
    if constexpr (Layer == layers) {
      return input;
    } else if constexpr (LayerOf<Layer>::output_bytes == 0) {
      return run<Layer + 1>(all, input, scratch);
    } else {
      std::int8_t* const output = scratch.bytes + arena.offset[Layer];
      LayerOf<Layer>::run(constants_of<Layer, LayerOf<Layer>>(all), input, output,
                          {scratch.bytes + arena.offset[layers + Layer], scratch.operands});
      return run<Layer + 1>(all, static_cast<const std::int8_t*>(output), scratch);
    }
  }
};

}  // namespace cortexpr::detail

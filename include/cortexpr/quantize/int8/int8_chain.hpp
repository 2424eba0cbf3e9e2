#pragma once

#include <cortexpr/core/type_list.hpp>
#include <cortexpr/nn/memory/arena_planner.hpp>
#include <cortexpr/nn/memory/report.hpp>
#include <cortexpr/quantize/int8/int8_layer.hpp>

#include <array>
#include <cstddef>
#include <type_traits>
#include <utility>

// Forms one after the other, their buffers planned in one arena of bytes.

namespace cortexpr::detail {

template <std::size_t Layer, class Form>
struct ChainPart {
  [[no_unique_address]] typename Form::Constants constants{};
  [[nodiscard]] friend constexpr bool operator==(const ChainPart&, const ChainPart&) = default;
};

/// A base class of `all`, as const as it.
template <class Part, class All>
constexpr auto& part_of(All& all) {
  return static_cast<std::conditional_t<std::is_const_v<All>, const Part, Part>&>(all);
}

template <class Layers, class... Forms>
struct ChainConstants;
template <std::size_t... Layer, class... Forms>
struct ChainConstants<std::index_sequence<Layer...>, Forms...> : ChainPart<Layer, Forms>... {
  static constexpr std::size_t integers = (std::size_t{0} + ... + Forms::Constants::integers);
  static constexpr void visit(auto& all, [[maybe_unused]] auto action) {
    (Forms::Constants::visit(part_of<ChainPart<Layer, Forms>>(all).constants, action), ...);
  }
  [[nodiscard]] friend constexpr bool operator==(const ChainConstants&, const ChainConstants&) = default;
};

template <class Places>
struct QuantizedChain;
template <class... Place>
struct QuantizedChain<TypeList<Place...>> {
  static constexpr std::size_t layers = sizeof...(Place);
  using Constants = ChainConstants<std::make_index_sequence<layers>, QuantizedForm<Place>...>;
  template <std::size_t Layer>
  using Form = QuantizedForm<At<TypeList<Place...>, Layer>>;

  /// A buffer begins at a word.
  static constexpr std::size_t words(std::size_t bytes) { return (bytes + 3) / 4 * 4; }
  static constexpr ArenaPlan<2 * layers> arena = plan_arena([] {
    std::array<Lifetime, 2 * layers> buffers{};  // outputs, then scratch
    Lifetime* output = nullptr;
    for_each_index<layers>([&]<std::size_t I>() {
      if constexpr (Form<I>::output_bytes > 0) {
        if (output != nullptr) output->last = I;
        output = &buffers[I];
        *output = {words(Form<I>::output_bytes), I, layers};
        buffers[layers + I] = {words(Form<I>::scratch_bytes), I, I};
      }
    });
    return buffers;
  }());
  static constexpr std::size_t operand_elements = [] {
    std::size_t result = 0;
    ((result = larger(result, QuantizedForm<Place>::operand_elements)), ...);
    return result;
  }();
  static constexpr std::size_t slots = (std::size_t{0} + ... + QuantizedForm<Place>::slots);
  static constexpr bool passes_through = (true && ... && (QuantizedForm<Place>::output_bytes == 0));

  /// Returns what the codes of the last output stand for.
  static constexpr Quantization quantize(Constants& to, const float* block, Quantization input, const Range* ranges) {
    for_each_index<layers>([&]<std::size_t I>() {
      input = Form<I>::quantize(part_of<ChainPart<I, Form<I>>>(to).constants, block, input, ranges);
      ranges += Form<I>::slots;
    });
    return input;
  }

  /// Returns the last output, in the arena; the input, if all forms pass it on.
  template <std::size_t I = 0, class Code>
  static constexpr auto run(const Constants& all, const Code* at, QuantizedScratch scratch) {
    if constexpr (I == layers) {
      return at;
    } else if constexpr (Form<I>::output_bytes == 0) {
      return run<I + 1>(all, at, scratch);
    } else {
      std::int8_t* const output = scratch.bytes + arena.offset[I];
      Form<I>::run(part_of<const ChainPart<I, Form<I>>>(all).constants, at, output,
                   {scratch.bytes + arena.offset[layers + I], scratch.operands});
      return run<I + 1>(all, static_cast<const std::int8_t*>(output), scratch);
    }
  }
};

}  // namespace cortexpr::detail

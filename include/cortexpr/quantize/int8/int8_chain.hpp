#pragma once

#include <cortexpr/core/type_list.hpp>
#include <cortexpr/nn/memory/arena_planner.hpp>
#include <cortexpr/nn/memory/plans.hpp>
#include <cortexpr/quantize/int8/int8_layer.hpp>
#include <cortexpr/quantize/int8/packed_weights.hpp>

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
  static constexpr std::size_t integers = sum({Owners::Constants::integers...});
  static constexpr void visit(auto& all, [[maybe_unused]] auto action) {
    for_each_owner([&]<std::size_t Position, class Owner>() {
      Owner::Constants::visit(constants_of<Position, Owner>(all), action);
    });
  }

  using packed_weights = typename Concatenated<typename PackedWeightsOf<typename Owners::Constants>::type...>::type;
  /// Takes its weights from those of a whole network; `First` is the number of those before.
  template <std::size_t First>
  constexpr void set_weights(const auto& all_weights) {
    for_each_owner([&]<std::size_t Position, class Owner>() {
      if constexpr (weight_arrays<Owner> > 0)
        constants_of<Position, Owner>(*this).template set_weights<First + first_weights[Position]>(all_weights);
    });
  }
  [[nodiscard]] friend constexpr bool operator==(const ConstantsOfAll&, const ConstantsOfAll&) = default;

 private:
  template <class Owner>
  static constexpr std::size_t weight_arrays = PackedWeightsOf<typename Owner::Constants>::type::size;
  static constexpr auto first_weights = [] {
    std::array<std::size_t, sizeof...(Owners) + 1> result{0, weight_arrays<Owners>...};
    for (std::size_t i = 0; i < sizeof...(Owners); ++i) result[i + 1] += result[i];
    return result;
  }();
  /// Calls action<position, owner>() for each of them.
  static constexpr void for_each_owner([[maybe_unused]] auto action) {
    [[maybe_unused]] const bool done[] = { true, (action.template operator()<Index, Owners>(), true)... };
  }
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
    for (const std::size_t elements : {std::size_t{0}, LayerOf<Index>::operand_elements...})
      result = larger(result, elements);
    return result;
  }();
  static constexpr std::size_t observed_tensors = sum({LayerOf<Index>::observed_tensors...});
  static constexpr bool passes_through = sum({LayerOf<Index>::output_bytes...}) == 0;

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

  static constexpr double output_scale(const Constants& all, double scale) {
    for_each_index<layers>([&](auto index) {
      using Here = LayerOf<index>;
      if (scale > 0) scale = Here::output_scale(constants_of<index, Here>(all), scale);
    });
    return scale;
  }
  static constexpr double input_scale(const Constants& all, double scale) {
    for_each_index_reversed<layers>([&](auto index) {
      using Here = LayerOf<index>;
      if (scale > 0) scale = Here::input_scale(constants_of<index, Here>(all), scale);
    });
    return scale;
  }
  /// Adds the layers to a model of ONNX. `scale` is the one that is wanted of the output.
  static auto to_onnx(auto& graph, const Constants& all, auto x, double scale) {
    std::array<double, layers + 1> wanted{};
    wanted[layers] = scale;
    for_each_index_reversed<layers>([&](auto index) {
      using Here = LayerOf<index>;
      const double after = wanted[index + 1];
      wanted[index] = after > 0 ? Here::input_scale(constants_of<index, Here>(all), after) : 0;
    });
    for_each_index<layers>([&](auto index) {
      using Here = LayerOf<index>;
      using Bound = BoundAt<ChainType, index>;
      const auto& constants = constants_of<index, Here>(all);
      auto layer = graph.inside(index);
      const double given = Here::output_scale(constants, x.scale);
      if constexpr (Bound::is_view)
        x = layer.view(std::type_identity<Bound>{}, x);
      else if constexpr (Here::output_bytes > 0) {
        const std::type_identity<Bound> bound{};
        static_assert(
            requires { Here::to_onnx(layer, bound, constants, x, given); },
            "onnx::save: an 8-bit layer must say what it is in ONNX; give it a function to_onnx, which adds its nodes "
            "(io/onnx/quantized.hpp)");
        x = Here::to_onnx(layer, bound, constants, x, given > 0 ? given : wanted[index + 1]);
      }
    });
    return x;
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

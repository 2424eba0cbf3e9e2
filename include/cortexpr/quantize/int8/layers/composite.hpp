#pragma once

#include <cortexpr/kernels/int8/requantize.hpp>
#include <cortexpr/quantize/int8/int8_chain.hpp>
#include <cortexpr/quantize/int8/int8_layer.hpp>

#include <array>
#include <cstddef>
#include <type_traits>
#include <utility>

namespace cortexpr::detail {

/// The constants of a merge, which gives the outputs of all branches one quantization.
template <std::size_t Branches, class Rounding>
struct MergeConstants {
  using Merge = typename Rounding::template Merge<Branches>;
  [[no_unique_address]] Merge rounding{};
  std::int8_t zero[Branches]{};
  std::int8_t output_zero = 0;
  [[nodiscard]] friend constexpr bool operator==(const MergeConstants&, const MergeConstants&) = default;

  /// The sum of `added` branches must fit in 31 bits.
  constexpr Quantization quantize(const std::array<Quantization, Branches>& branches, Range range, std::size_t added) {
    const Quantization result = quantization_of(range);
    rounding.set(
        [&](std::size_t k) { return static_cast<double>(branches[k].scale) / static_cast<double>(result.scale); },
        added);
    for (std::size_t k = 0; k < Branches; ++k) zero[k] = static_cast<std::int8_t>(branches[k].zero_point);
    output_zero = static_cast<std::int8_t>(result.zero_point);
    return result;
  }

  CORTEXPR_INLINE constexpr std::int32_t scaled(std::size_t branch, std::int32_t value) const {
    return rounding.scaled(value - zero[branch], branch);
  }
  CORTEXPR_INLINE constexpr std::int8_t output(std::int32_t sum) const {
    return kernels::clamp_to_int8(rounding.rounded(sum) + output_zero, -128, 127);
  }
  static constexpr std::size_t integers = Merge::integers + Branches + 1;
  static constexpr void visit(auto& constants, auto action) {
    for (std::size_t k = 0; k < Branches; ++k) {
      Merge::visit_branch(constants.rounding, k, action);
      action(constants.zero[k], -128, 127);
    }
    action(constants.output_zero, -128, 127);
  }
};

/// The chains of the branches in 8 bits, and their merge.
template <class Bound, class Rounding, class Indices>
struct Int8Composite;
template <class Bound, class Rounding, std::size_t... K>
struct Int8Composite<Bound, Rounding, std::index_sequence<K...>> : Int8LayerDefaults {
  using Merge = typename Bound::merge;
  static constexpr std::size_t branches = sizeof...(K);
  static constexpr std::size_t output_bytes = Bound::output_shape::size;
  template <std::size_t Branch>
  using BranchOf = At<typename Bound::branches, Branch>;
  template <std::size_t Branch>
  using ChainOf = Int8Chain<BranchOf<Branch>, Rounding>;
  using MergeOf = MergeConstants<branches, Rounding>;

  struct Constants : ConstantsOfAll<std::index_sequence<K...>, ChainOf<K>...> {
    using Branches = ConstantsOfAll<std::index_sequence<K...>, ChainOf<K>...>;
    MergeOf merge{};

    static constexpr std::size_t integers = MergeOf::integers + Branches::integers;
    static constexpr void visit(auto& constants, auto action) {
      Branches::visit(constants, action);
      MergeOf::visit(constants.merge, action);
    }
    [[nodiscard]] friend constexpr bool operator==(const Constants&, const Constants&) = default;
  };

  /// The branches' arenas lie one after the other.
  template <std::size_t Branch>
  static constexpr std::size_t arena_begin = [] {
    std::size_t result = 0;
    ((result += K < Branch ? ChainOf<K>::arena.elements : 0), ...);
    return result;
  }();
  static constexpr std::size_t scratch_bytes = arena_begin<branches>;
  static constexpr std::size_t operand_elements = [] {
    std::size_t result = 0;
    ((result = larger(result, ChainOf<K>::operand_elements)), ...);
    return result;
  }();
  static constexpr std::size_t observed_tensors = (std::size_t{1} + ... + ChainOf<K>::observed_tensors);

  static constexpr Quantization quantize(Constants& to, ChainData<const float> data, Quantization input,
                                         const Range* ranges) {
    std::array<Quantization, branches> outputs{};
    const auto quantize_branch = [&](auto branch) {
      constexpr std::size_t k = branch;
      outputs[k] = ChainOf<k>::quantize(constants_of<k, ChainOf<k>>(to),
                                        data.at(Bound::bound_branches::offsets[k].chain), input, ranges);
      ranges += ChainOf<k>::observed_tensors;
    };
    for_each_index<branches>(quantize_branch);
    return to.merge.quantize(outputs, ranges[0], Merge::adds ? branches : 1);
  }

  /// That of the first branch which does not leave it open.
  static constexpr double output_scale(const Constants& constants, double scale) {
    double result = 0;
    for_each_index<branches>([&](auto k) {
      const double ratio = constants.merge.rounding.ratio(k);
      const double of_branch = ChainOf<k>::output_scale(constants_of<k, ChainOf<k>>(constants), scale);
      if (!(result > 0) && ratio > 0) result = of_branch / ratio;
    });
    return result;
  }
  static constexpr double input_scale(const Constants& constants, double scale) {
    double result = 0;
    for_each_index<branches>([&](auto k) {
      const double of_branch = scale * constants.merge.rounding.ratio(k);
      if (!(result > 0)) result = ChainOf<k>::input_scale(constants_of<k, ChainOf<k>>(constants), of_branch);
    });
    return result;
  }
  static auto to_onnx(auto& graph, auto bound, const Constants& constants, auto x, double scale) {
    const double output = scale > 0 ? scale : 1.0 / 127;
    return graph.composite(bound, x, output, constants.merge.output_zero, [&](auto& inner, auto index, auto codes) {
      constexpr std::size_t k = index;
      const double of_branch = output * constants.merge.rounding.ratio(k);
      return inner.dequantize(ChainOf<k>::to_onnx(inner, constants_of<k, ChainOf<k>>(constants), codes, of_branch),
                              constants.merge.zero[k]);
    });
  }

  template <class Value>
  static constexpr void run(const Constants& constants, const Value* input, std::int8_t* output, Int8Scratch scratch) {
    for (std::size_t i = 0; i < Bound::repeats; ++i)
      run_branches<0>(constants, input + i * BranchOf<0>::input_shape::size,
                      output + i * (output_bytes / Bound::repeats), scratch);
  }

 private:
  /// Runs one branch after the other, then merges. An output is int8 values, or bytes where a branch passes the network's
  /// input through.
  template <std::size_t Branch, class Value, class... Outputs>
  static constexpr void run_branches(const Constants& constants, const Value* input, std::int8_t* output,
                                     Int8Scratch scratch, const Outputs*... outputs) {
    if constexpr (Branch == branches) {
      merge_outputs(constants.merge, output, outputs...);
    } else {
      const auto* const result = ChainOf<Branch>::run(constants_of<Branch, ChainOf<Branch>>(constants), input,
                                                      {scratch.bytes + arena_begin<Branch>, scratch.operands});
      run_branches<Branch + 1>(constants, input, output, scratch, outputs..., result);
    }
  }

  template <class... Outputs>
  static constexpr void merge_outputs(const MergeOf& merge, std::int8_t* output, const Outputs*... outputs) {
    if constexpr (Merge::adds) {
      for (std::size_t i = 0; i < output_bytes / Bound::repeats; ++i)
        output[i] = merge.output((merge.scaled(K, simd::int8_value(outputs[i])) + ...));
    } else {
      const auto write = [&](std::size_t branch, std::int8_t* to, std::size_t size, const auto* values) {
        for (std::size_t i = 0; i < size; ++i) to[i] = merge.output(merge.scaled(branch, simd::int8_value(values[i])));
      };
      (write(K, output + Bound::bound_branches::template begin<K>, BranchOf<K>::output_shape::size, outputs), ...);
    }
  }
};

template <class LayerType, class Bound, class Rounding>
  requires CompositeLayer<Bound>
struct Int8LayerOf<LayerType, Bound, Rounding>
    : Int8Composite<Bound, Rounding, std::make_index_sequence<Bound::branches::size>> {};

}  // namespace cortexpr::detail

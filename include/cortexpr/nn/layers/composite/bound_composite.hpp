#pragma once

#include <cortexpr/core/tensor.hpp>
#include <cortexpr/core/type_list.hpp>
#include <cortexpr/kernels/elementwise/map.hpp>
#include <cortexpr/nn/layer.hpp>
#include <cortexpr/nn/layers/composite/branch.hpp>
#include <cortexpr/nn/layers/composite/merge.hpp>

#include <array>
#include <cstddef>
#include <utility>

// Composite layers, which consist of branches of layers. All branches have the same input, and a merge (merge.hpp)
// combines their outputs.

namespace cortexpr {

/// Layers one after the other: a branch of Parallel, Concat or Residual, or a layer of its own.
template <class... Layers>
struct Sequential;

namespace detail {

/// A single layer as a branch.
template <class LayerType>
struct AsBranchOf {
  using type = Sequential<LayerType>;
};
template <class... Layers>
struct AsBranchOf<Sequential<Layers...>> {
  using type = Sequential<Layers...>;
};
template <class LayerType>
using AsBranch = typename AsBranchOf<LayerType>::type;

/// A branch of one layer as that layer.
template <class BranchType>
struct AsLayerOf {
  using type = BranchType;
};
template <class LayerType>
struct AsLayerOf<Sequential<LayerType>> {
  using type = LayerType;
};
template <class BranchType>
using AsLayer = typename AsLayerOf<BranchType>::type;

template <class T, class In, std::size_t InputStride, class BranchType>
struct ChainOfBranch;
template <class T, class In, std::size_t InputStride, class... Layers>
struct ChainOfBranch<T, In, InputStride, Sequential<Layers...>> {
  using type = Chain<T, In, InputStride, Layers...>;
};

/// The offsets of a branch in each region, in elements, and the number of layers in the branches before it. Saved
/// elements are counted per sample.
struct BranchOffsets {
  ChainOffsets chain{};
  std::size_t saved = 0, saved_of_batch = 0, layers = 0;
};

template <class Chains>
inline constexpr auto branch_offsets = []<class... One>(TypeList<One...>) {
  std::array<BranchOffsets, sizeof...(One) + 1> result{};
  std::size_t i = 0;
  ((result[i + 1] = {{result[i].chain.parameters + One::parameters, result[i].chain.statistics + One::statistics,
                      result[i].chain.state + One::state},
                     result[i].saved + SavedPlan<One>::elements,
                     result[i].saved_of_batch + SavedPlan<One>::elements_of_batch,
                     result[i].layers + One::size},
    ++i),
   ...);
  return result;
}(Chains{});

/// The branches of a layer, bound to its input.
template <class T, class In, class Merge, class... Branches>
struct [[CORTEXPR_ABI]] BoundBranches {
  template <std::size_t InputStride>
  using chains_at = TypeList<typename ChainOfBranch<T, In, InputStride, Branches>::type...>;
  using chains = chains_at<simd::row_stride<T>(In::size)>;
  static constexpr std::size_t count = sizeof...(Branches);
  static constexpr const auto& offsets = branch_offsets<chains>;

  static constexpr bool fit = []<class... One>(TypeList<One...>) {
    return Merge::template fits<typename One::output_shape...>;
  }(chains{});
  using output_shape = decltype([]<class... One>(TypeList<One...>) {
    return Merge::shape_of(typename One::output_shape{}...);
  }(chains{}));
  template <std::size_t Branch>
  static constexpr std::size_t begin = []<class... One>(TypeList<One...>) {
    return Merge::template begin<Branch, typename One::output_shape...>;
  }(chains{});
  static constexpr std::size_t macs = []<class... One>(TypeList<One...>) {
    return (std::size_t{0} + ... + One::macs);
  }(chains{});

  /// The LayerMemory of all branches.
  struct Memory {
    static constexpr std::size_t parameters = offsets[count].chain.parameters,
                                 statistics = offsets[count].chain.statistics, state = offsets[count].chain.state;
    static constexpr std::size_t parameter_count = []<class... One>(TypeList<One...>) {
      return (std::size_t{0} + ... + One::parameter_count);
    }(chains{});
    static constexpr std::size_t statistic_count = []<class... One>(TypeList<One...>) {
      return (std::size_t{0} + ... + One::statistic_count);
    }(chains{});
    static constexpr std::size_t saved_of_batch = offsets[count].saved_of_batch, accumulators = 0;
    static constexpr std::size_t saved(std::size_t rows) { return rows * offsets[count].saved; }
    static constexpr std::size_t scratch(std::size_t rows) {
      std::size_t result = 0;
      for_each_index<count>([&](auto k) { result = larger(result, branch_scratch<At<chains, k>>(rows)); });
      return result;
    }
    /// The scratch of the branches. With several branches, the input gradient of a branch lies after it, before it is
    /// added.
    static constexpr std::size_t inner_backward_scratch(std::size_t rows, bool wants_input) {
      std::size_t result = 0;
      for_each_index<count>(
          [&](auto k) { result = larger(result, plan_branch_backward<At<chains, k>>(rows, wants_input).elements); });
      return buffer<T>(result);
    }
    static constexpr std::size_t backward_scratch(std::size_t rows, bool wants_input) {
      return inner_backward_scratch(rows, wants_input) +
             (wants_input && count > 1 ? buffer<T>(rows * simd::row_stride<T>(In::size)) : 0);
    }
  };
};

/// to = from, or to += from.
template <bool add, class Simd, class T>
constexpr void put(Simd, const T* from, T* to, std::size_t count) {
  using Pack = typename Simd::template pack<T, simd::native_lanes<T>>;
  if constexpr (add)
    kernels::zip<Pack, kernels::Rest::some>(to, from, to, count, [](auto a, auto b) { return a + b; });
  else
    kernels::map<Pack, kernels::Rest::some>(from, to, count, [](auto a) { return a; });
}

/// A bound composite layer.
template <class T, class In, class Merge, class... Branches>
struct [[CORTEXPR_ABI]] BoundComposite
    : BoundLayer<T, In, typename BoundBranches<T, In, Merge, Branches...>::output_shape> {
  using bound_branches = BoundBranches<T, In, Merge, Branches...>;
  /// The chains of the branches.
  using branches = typename bound_branches::chains;
  using merge = Merge;
  /// The number of times that a sample runs through the branches.
  static constexpr std::size_t repeats = 1;
  static constexpr std::size_t macs = bound_branches::macs;
  using memory = typename bound_branches::Memory;

  template <class Simd, class Pass>
  static constexpr void forward(Simd simd, const Pass& pass) {
    forward_branches(simd, pass, [](auto, auto) {});
  }

  /// The same, and calls visit(branch, output [B, Out]) for each branch in order.
  template <class Simd, class Pass, class Visit>
  static constexpr void forward_branches(Simd simd, const Pass& pass, const Visit& visit) {
    constexpr Mode mode = Pass::training ? Mode::training : Pass::one_sample ? Mode::one_sample : Mode::batch;
    using Chains = typename bound_branches::template chains_at<Pass::link::input_stride>;
    for_each_index<sizeof...(Branches)>([&](auto k) {
      constexpr std::size_t branch = k;
      constexpr BranchOffsets before = branch_offsets<Chains>[branch];
      const auto output = Branch<At<Chains, branch>>::template forward<mode, Pass::max_rows>(
          simd, ChainData<const T>{pass.parameters, pass.statistics}.at(before.chain), pass.x.data, pass.x.count,
          pass.noise.inside(before.layers),
          {.saved = Pass::training ? pass.saved + Pass::max_rows * before.saved : nullptr,
           .saved_of_batch = Pass::training ? pass.saved_of_batch + before.saved_of_batch : nullptr,
           .scratch = pass.scratch,
           .state = pass.state == nullptr ? nullptr : pass.state + before.chain.state});
      for (std::size_t row = 0; row < output.count; ++row)
        put<(Merge::adds && branch > 0)>(simd, output[row], pass.y[row] + bound_branches::template begin<branch>,
                                         output.columns);
      visit(k, output);
    });
    for (std::size_t row = 0; row < pass.y.count; ++row) kernels::clear_padding(pass.y, row);
  }

  template <class Simd, class Pass, class Consumer>
  static constexpr void backward(Simd simd, const Pass& pass, const Consumer& consumer) {
    for_each_index<sizeof...(Branches)>([&](auto k) { backward_branch<k>(simd, pass, consumer); });
  }

  template <class Simd, class Pass>
  static constexpr void update_statistics(Simd simd, const Pass& pass) {
    for_each_index<sizeof...(Branches)>([&](auto k) {
      constexpr BranchOffsets before = bound_branches::offsets[k];
      Branch<At<branches, k>>::update_statistics(simd, pass.statistics + before.chain.statistics,
                                                 pass.saved_of_batch + before.saved_of_batch, pass.samples);
    });
  }

  static auto to_onnx(auto& graph, auto x) { return graph.branches(x); }

 private:
  template <std::size_t BranchIndex, class Simd, class Pass, class Consumer>
  static constexpr void backward_branch(Simd simd, const Pass& pass, const Consumer& consumer) {
    using Chains = typename bound_branches::template chains_at<Pass::link::input_stride>;
    using Here = Branch<At<Chains, BranchIndex>>;
    constexpr bool wants_input = Pass::wants_input_gradient;
    if constexpr (wants_input || Here::has_parameters) {
      auto dx = pass.dx;
      if constexpr (BranchIndex > 0 && wants_input)
        dx.data = pass.scratch + memory::inner_backward_scratch(Pass::max_rows, true);
      const auto copy_gradient = [&](auto to) {
        for (std::size_t row = 0; row < pass.x.count; ++row) {
          put<false>(simd, pass.dy[row] + bound_branches::template begin<BranchIndex>, to[row], to.columns);
          kernels::clear_padding(to, row);
        }
      };
      if constexpr (Here::writer == Here::layers) {
        copy_gradient(dx);
      } else {
        constexpr BranchOffsets before = branch_offsets<Chains>[BranchIndex];
        const BranchMemory<T, const T> memory_of_branch{.saved = pass.saved + Pass::max_rows * before.saved,
                                                        .saved_of_batch = pass.saved_of_batch + before.saved_of_batch,
                                                        .scratch = pass.scratch,
                                                        .state = nullptr};
        copy_gradient(Here::template output_gradient<Pass::max_rows, wants_input>(pass.x.count, memory_of_branch));
        Here::template backward<Pass::max_rows, wants_input>(
            simd, ChainData<const T>{pass.parameters, pass.statistics}.at(before.chain), pass.x.data, dx.data,
            pass.x.count, memory_of_branch, consumer.at(before.chain.parameters));
      }
      if constexpr (BranchIndex > 0 && wants_input)
        for (std::size_t row = 0; row < pass.x.count; ++row) put<true>(simd, dx[row], pass.dx[row], In::size);
    }
  }
};

}  // namespace detail
}  // namespace cortexpr

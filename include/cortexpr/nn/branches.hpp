#pragma once

#include <cortexpr/kernels/elementwise/map.hpp>
#include <cortexpr/nn/branch.hpp>
#include <cortexpr/nn/inner_parameters.hpp>
#include <cortexpr/nn/joins.hpp>
#include <cortexpr/nn/layer.hpp>

#include <cstddef>
#include <type_traits>

// What layers that are made of layers have in common: each branch takes the same input, and a Join makes one output of
// theirs (joins.hpp).

namespace cortexpr::detail {

/// Branch after branch, from these offsets on: a TypeList of BranchAt.
template <class Done, class T, std::size_t Index, class In, std::size_t InputStride, std::size_t Offset,
          std::size_t Statistics, class... Branches>
struct ArrangeBranches {
  using list = Done;
};
template <class Done, class T, std::size_t Index, class In, std::size_t InputStride, std::size_t Offset,
          std::size_t Statistics, class... Layers, class... Others>
struct ArrangeBranches<Done, T, Index, In, InputStride, Offset, Statistics, Sequential<Layers...>, Others...> {
  using first = BranchAt<T, Index, In, InputStride, Offset, Statistics, Layers...>;
  using list =
      typename ArrangeBranches<typename Done::template append<first>, T, Index + sizeof...(Layers), In, InputStride,
                               first::end::parameter_end, first::end::statistics_end, Others...>::list;
};

/// Where a layer inside a layer does not fit.
template <class Outer, std::size_t Branch, std::size_t Layer, class LayerType, class ExpectedInput, class GotInput>
struct MismatchWithin;

template <class Outer, std::size_t Branch, class Place>
struct CheckInner {
  static_assert(!std::is_same_v<typename Place::layer, NoLayer>,
                "Network: every element of a branch must be a layer, as nn/layer.hpp describes it");
  using Mismatch = MismatchWithin<Outer, Branch, Place::index, typename Place::layer,
                                  Expected<typename Place::layer::expects>, Got<typename Place::input_shape>>;
  static constexpr bool done = sizeof(typename Place::layer::template Check<typename Place::input_shape, Mismatch>) > 0;
};
template <class Outer, std::size_t Branch, class Places>
inline constexpr bool checked_inside = false;
template <class Outer, std::size_t Branch, class... Places>
inline constexpr bool checked_inside<Outer, Branch, TypeList<Places...>> =
    (true && ... && CheckInner<Outer, Branch, Places>::done);

/// What the branches of a layer take together, and what those before one of them take.
struct BranchesMemory {
  std::size_t kept = 0, kept_of_batch = 0, state = 0;
};
template <class List, std::size_t Count = List::size>
inline constexpr BranchesMemory memory_of = [] {
  BranchesMemory result;
  for_each_index<Count>([&]<std::size_t K>() {
    using Branch = At<List, K>;
    result.kept += Branch::kept;
    result.kept_of_batch += Branch::kept_of_batch;
    result.state += Branch::state;
  });
  return result;
}();

template <class Join, class... Branches>
struct BranchedLayer : LayerDefaults {
  using expects = AnyInput;
  using join = Join;

  /// As if the layer stood alone.
  template <class T, class In>
  using alone = typename ArrangeBranches<TypeList<>, T, 0, In, simd::row_stride<T>(In::size), 0, 0, Branches...>::list;
  /// At its place in a network, where each inner layer has random numbers of its own.
  template <class Place>
  using at = typename ArrangeBranches<TypeList<>, typename Place::value_type, inner_index<Place::index>,
                                      typename Place::input_shape, Place::input_stride, Place::parameter_begin,
                                      Place::statistics_begin, Branches...>::list;

  template <class In>
  static constexpr bool branches_fit =
      []<class... B>(TypeList<B...>) { return Join::template fits<typename B::output_shape...>; }(alone<float, In>{});
  template <class In, class Mismatch>
  static constexpr bool inner_layers_fit = []<std::size_t... K>(std::index_sequence<K...>) {
    return (true && ... && checked_inside<Mismatch, K, typename At<alone<float, In>, K>::places>);
  }(std::make_index_sequence<sizeof...(Branches)>{});

  template <class In>
  using output_shape = decltype([]<class... B>(TypeList<B...>) {
    return typename Join::template shape<typename B::output_shape...>{};
  }(alone<float, In>{}));
  template <class In>
  using parameters = decltype([]<std::size_t... K>(std::index_sequence<K...>) {
    return (TypeList<>{} + ... + branch_parameters < sizeof...(Branches) == 1,
            K > (typename At<alone<float, In>, K>::places{}));
  }(std::make_index_sequence<sizeof...(Branches)>{}));
  template <class In>
  static constexpr std::size_t macs =
      []<class... B>(TypeList<B...>) { return (std::size_t{0} + ... + B::macs); }(alone<float, In>{});
  template <class T, class In>
  static constexpr std::size_t saved = memory_of<alone<T, In>>.kept;
  template <class T, class In>
  static constexpr std::size_t saved_of_batch = memory_of<alone<T, In>>.kept_of_batch;
  template <class T, class In>
  static constexpr std::size_t state = memory_of<alone<T, In>>.state;
  template <class T, class In, std::size_t Rows>
  static constexpr std::size_t scratch = []<class... B>(TypeList<B...>) {
    std::size_t result = 0;
    ((result = larger(result, B::template scratch<Rows>)), ...);
    return result;
  }(alone<T, In>{});
  /// That of the branches, then the gradient by the input that a later branch adds.
  template <class T, class In, std::size_t Rows, bool wants_input>
  static constexpr std::size_t inner_backward_scratch = []<class... B>(TypeList<B...>) {
    std::size_t result = 0;
    ((result = larger(result, B::template backward_scratch<Rows, wants_input>)), ...);
    return buffer<T>(result);
  }(alone<T, In>{});
  template <class T, class In, std::size_t Rows, bool wants_input>
  static constexpr std::size_t backward_scratch =
      inner_backward_scratch<T, In, Rows, wants_input> +
      (wants_input && sizeof...(Branches) > 1 ? buffer<T>(Rows * simd::row_stride<T>(In::size)) : 0);

  template <class Simd, class Pass>
  static constexpr void forward(const Pass& pass) {
    using List = at<typename Pass::place>;
    for_each_index<sizeof...(Branches)>([&]<std::size_t K>() {
      constexpr BranchesMemory before = memory_of<List, K>;
      const auto output = At<List, K>::template forward<Simd>(
          pass, {.kept = Pass::training ? pass.saved_data + Pass::max_rows * before.kept : nullptr,
                 .kept_of_batch = Pass::training ? pass.saved_of_batch + before.kept_of_batch : nullptr,
                 .scratch = pass.scratch,
                 .state = pass.state_data == nullptr ? nullptr : pass.state_data + before.state});
      for (std::size_t row = 0; row < output.count; ++row)
        put<Simd, (Join::adds && K > 0)>(output[row], pass.output[row] + begin<List, K>, output.columns);
    });
    for (std::size_t row = 0; row < pass.output.count; ++row) kernels::clear_padding(pass.output, row);
  }

  template <class Simd, class Pass>
  static constexpr void backward(const Pass& pass) {
    for_each_index<sizeof...(Branches)>([&]<std::size_t K>() { backward_branch<Simd, K>(pass); });
  }

  template <class Simd, class Pass>
  static constexpr void update_statistics(const Pass& pass) {
    using List = at<typename Pass::place>;
    for_each_index<sizeof...(Branches)>([&]<std::size_t K>() {
      At<List, K>::template update_statistics<Simd>(pass, pass.saved_of_batch + memory_of<List, K>.kept_of_batch);
    });
  }

 private:
  template <class List, std::size_t K>
  static constexpr std::size_t begin =
      []<class... B>(TypeList<B...>) { return Join::template begin<K, typename B::output_shape...>; }(List{});

  template <class Simd, bool add, class T>
  static constexpr void put(const T* from, T* to, std::size_t count) {
    using Pack = typename Simd::template pack<T, simd::native_lanes<T>>;
    if constexpr (add)
      kernels::zip<Pack, kernels::Rest::some>(to, from, to, count, [](auto a, auto b) { return a + b; });
    else
      kernels::map<Pack, kernels::Rest::some>(from, to, count, [](auto a) { return a; });
  }

  template <class Simd, std::size_t K, class Pass>
  static constexpr void backward_branch(const Pass& pass) {
    using T = typename Pass::T;
    using In = typename Pass::place::input_shape;
    using List = at<typename Pass::place>;
    using Branch = At<List, K>;
    if constexpr (Pass::wants_input_gradient || Branch::learns) {
      const std::size_t rows = pass.input.count;
      auto input_gradient = pass.input_gradient;
      if constexpr (K > 0 && Pass::wants_input_gradient)
        input_gradient.data = pass.scratch + inner_backward_scratch<T, In, Pass::max_rows, true>;
      const auto take_gradient = [&](auto to) {
        for (std::size_t row = 0; row < rows; ++row) {
          put<Simd, false>(pass.output_gradient[row] + begin<List, K>, to[row], to.columns);
          kernels::clear_padding(to, row);
        }
      };
      if constexpr (Branch::writer == Branch::layers) {
        take_gradient(input_gradient);
      } else {
        constexpr BranchesMemory before = memory_of<List, K>;
        const BranchMemory<T, const T> memory{.kept = pass.saved_data + Pass::max_rows * before.kept,
                                              .kept_of_batch = pass.saved_of_batch + before.kept_of_batch,
                                              .scratch = pass.scratch,
                                              .state = nullptr};
        take_gradient(Branch::output_gradient(pass, memory));
        Branch::template backward<Simd>(pass, memory, input_gradient.data);
      }
      if constexpr (K > 0 && Pass::wants_input_gradient)
        for (std::size_t row = 0; row < rows; ++row)
          put<Simd, true>(input_gradient[row], pass.input_gradient[row], In::size);
    }
  }
};

}  // namespace cortexpr::detail

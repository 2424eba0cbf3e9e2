#pragma once

#include <cortexpr/kernels/elementwise/map.hpp>
#include <cortexpr/nn/arrange.hpp>
#include <cortexpr/nn/chain.hpp>
#include <cortexpr/nn/forward.hpp>
#include <cortexpr/nn/memory.hpp>

#include <array>
#include <cstddef>

// One branch of a layer that is made of layers: its places, its memory, its passes.

namespace cortexpr {

/// Layers one after the other: a branch of Parallel, Concat or Residual, or a layer by itself.
template <class... Layers>
struct Sequential;

namespace detail {

/// A layer by itself is a branch as well.
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

/// Where layers inside a layer begin to count, so that each has random numbers of its own.
template <std::size_t Outer>
inline constexpr std::size_t inner_index = 64 * (Outer + 1);

/// What the layers of a branch keep of a training step from forward to backward lies side by side: of each sample
/// their outputs and what they save, then what they save of the batch.
template <class T, class Places>
struct KeptPlan {
  /// Elements of a sample before this layer.
  template <std::size_t Layer>
  static constexpr std::size_t output = [] {
    std::size_t result = 0;
    for_each_index<Layer>([&]<std::size_t I>() {
      using Here = At<Places, I>;
      if (!Here::layer::is_view) result += buffer<T>(Here::output_stride) + buffer<T>(Here::saved_stride);
    });
    return result;
  }();
  template <std::size_t Layer>
  static constexpr std::size_t saved = output<Layer> + buffer<T>(At<Places, Layer>::output_stride);
  template <std::size_t Layer>
  static constexpr std::size_t of_batch = [] {
    std::size_t result = 0;
    for_each_index<Layer>([&]<std::size_t I>() { result += buffer<T>(At<Places, I>::saved_of_batch); });
    return result;
  }();
};

/// Scratch of a branch: forward, where training keeps all else; and backward, with the gradients by outputs.
template <class T, class Places, std::size_t Rows>
struct BranchScratch {
  static constexpr std::size_t layers = Places::size;

  static constexpr std::size_t forward = [] {
    std::size_t result = 0;
    for_each_index<layers>([&]<std::size_t I>() { result = larger(result, At<Places, I>::template scratch<Rows>); });
    if constexpr (layers > 0) result = larger(result, InferencePlan<Places, Rows>::arena.elements);
    return result;
  }();

  template <bool wants_input>
  static constexpr ArenaPlan<2 * layers> backward = plan_arena([] {
    constexpr std::size_t first = first_backward<Places, wants_input>;
    std::array<Lifetime, 2 * layers> buffers{};  // gradients, then scratch
    std::size_t reader = layers;
    for_each_index_reversed<layers>([&]<std::size_t I>() {
      using Here = At<Places, I>;
      if constexpr (!Here::layer::is_view && I >= first) {
        constexpr std::size_t scratch = Here::template backward_scratch<Rows, (wants_input || I > first)>;
        buffers[I] = {buffer<T>(Rows * Here::output_stride), layers - reader, layers - I};
        buffers[layers + I] = {buffer<T>(scratch), layers - I, layers - I};
        reader = I;
      }
    });
    return buffers;
  }());
};

/// What a branch was given of the outer layer's memory. Backward only reads what forward kept.
template <class T, class Kept>
struct BranchMemory {
  Kept* kept;
  Kept* kept_of_batch;
  T* scratch;
  T* state;
};

/// Where the layers of a branch find their data while training; see chain.hpp.
template <class T, class Places, std::size_t Rows, class Kept, bool wants_input = true>
struct BranchBuffers {
  using Plan = KeptPlan<T, Places>;
  static constexpr const auto& backward_plan = BranchScratch<T, Places, Rows>::template backward<wants_input>;
  BranchMemory<T, Kept> memory;

  template <std::size_t I>
  constexpr Kept* output() const {
    return memory.kept + Rows * Plan::template output<I>;
  }
  template <std::size_t I>
  constexpr Kept* saved() const {
    return memory.kept + Rows * Plan::template saved<I>;
  }
  template <std::size_t I>
  constexpr Kept* saved_of_batch() const {
    return memory.kept_of_batch + Plan::template of_batch<I>;
  }
  template <std::size_t I>
  constexpr T* scratch() const {
    return memory.scratch;
  }
  template <std::size_t I>
  constexpr T* gradient() const {
    return memory.scratch + backward_plan.offset[I];
  }
  template <std::size_t I>
  constexpr T* backward_scratch() const {
    return memory.scratch + backward_plan.offset[Places::size + I];
  }
};

/// Where the layers of a branch end; of one without layers, where it begins.
template <class Places, class In, std::size_t InputStride, std::size_t Offset, std::size_t Statistics>
struct BranchEnd : At<Places, Places::size - 1> {};
template <class In, std::size_t InputStride, std::size_t Offset, std::size_t Statistics>
struct BranchEnd<TypeList<>, In, InputStride, Offset, Statistics> {
  using output_shape = In;
  static constexpr std::size_t output_stride = InputStride, parameter_end = Offset, statistics_end = Statistics;
};

/// A branch at its place in a layer. `Index` is for the random numbers of its layers.
template <class T, std::size_t Index, class In, std::size_t InputStride, std::size_t Offset, std::size_t Statistics,
          class... Layers>
struct BranchAt {
  using places = Arrange<T, Index, In, InputStride, Offset, Statistics, Layers...>;
  static constexpr std::size_t layers = sizeof...(Layers);
  using end = BranchEnd<places, In, InputStride, Offset, Statistics>;
  using output_shape = typename end::output_shape;
  /// The layer that writes the output; views and an empty branch only pass their input on.
  static constexpr std::size_t writer = source_of<places, layers>;
  static constexpr std::size_t macs = []<class... Place>(TypeList<Place...>) {
    return (std::size_t{0} + ... + Place::layer::template macs<typename Place::input_shape>);
  }(places{});
  static constexpr bool learns = first_with_parameters<places> < layers;

  static constexpr std::size_t kept = KeptPlan<T, places>::template output<layers>;
  static constexpr std::size_t kept_of_batch = KeptPlan<T, places>::template of_batch<layers>;
  static constexpr std::size_t state = [] {
    if constexpr (layers == 0)
      return std::size_t{0};
    else
      return StatePlan<places>::elements;
  }();
  template <std::size_t Rows>
  static constexpr std::size_t scratch = BranchScratch<T, places, Rows>::forward;
  template <std::size_t Rows, bool wants_input>
  static constexpr std::size_t backward_scratch =
      BranchScratch<T, places, Rows>::template backward<wants_input>.elements;

  /// Returns the output [B, Out].
  template <class Simd, class Pass>
  static constexpr auto forward(const Pass& pass, BranchMemory<T, T> memory) {
    const T* const input = pass.input.data;
    const std::size_t rows = pass.input.count;
    using Output = Rows<const T, output_shape::size, end::output_stride>;
    if constexpr (layers == 0) {
      return Output{input, rows};
    } else if constexpr (Pass::training) {
      const BranchBuffers<T, places, Pass::max_rows, T> buffers{memory};
      forward_chain<Simd, places, Pass::max_rows>(buffers, pass.block, input, rows, pass.noise);
      return Output{input_of<places, layers>(buffers, input), rows};
    } else {
      constexpr Run run = Pass::one_sample ? Run::one_sample : Run::batch;
      return infer<Simd, places, run, Pass::max_rows>(pass.block, input, rows, memory.scratch, memory.state);
    }
  }

  template <class Pass>
  using BackwardBuffers = BranchBuffers<T, places, Pass::max_rows, const T, Pass::wants_input_gradient>;

  /// Where the gradient by the output must be put, before backward. Not if there is no writer.
  template <class Pass>
  static constexpr auto output_gradient(const Pass& pass, BranchMemory<T, const T> memory) {
    const BackwardBuffers<Pass> buffers{memory};
    return Rows<T, output_shape::size, end::output_stride>{buffers.template gradient<writer>(), pass.input.count};
  }
  template <class Simd, class Pass>
  static constexpr void backward(const Pass& pass, BranchMemory<T, const T> memory, T* input_gradient) {
    const BackwardBuffers<Pass> buffers{memory};
    backward_chain<Simd, places, Pass::max_rows, Pass::wants_input_gradient>(
        buffers, pass.block, pass.input.data, input_gradient, pass.input.count, pass.sink);
  }
  template <class Simd, class Pass>
  static constexpr void update_statistics(const Pass& pass, const T* kept_of_batch_here) {
    const BranchBuffers<T, places, 1, const T> buffers{{nullptr, kept_of_batch_here, nullptr, nullptr}};
    update_chain_statistics<Simd, places>(buffers, pass.block, pass.samples);
  }
};

}  // namespace detail
}  // namespace cortexpr

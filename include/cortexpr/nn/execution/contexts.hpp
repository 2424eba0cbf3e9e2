#pragma once

#include <cortexpr/core/random.hpp>
#include <cortexpr/core/tensor.hpp>
#include <cortexpr/nn/topology/array_layout.hpp>
#include <cortexpr/nn/topology/link.hpp>

#include <cstddef>
#include <cstdint>
#include <initializer_list>

// Contexts: the arguments of a layer's functions. A context has views of the input and the output, and of the layer's
// arrays.
//
//   pass.x   [B, In]    pass.y   [B, Out]    input and output
//   pass.dx  [B, In]    pass.dy  [B, Out]    the gradients of the loss by input and output
//   pass[array]                              a view of one of the layer's arrays
//
// B is at most Pass::max_rows. Rows are padded with zeros to whole packs, except those of a network's input, and a
// function that writes pass.y or pass.dx writes the padding too.

namespace cortexpr::detail {

/// The arguments of random numbers in training: the seed, the step, the position of the first sample in its batch, and
/// the layer.
struct Noise {
  Seed seed{};
  std::uint64_t step = 0;
  std::size_t first_sample = 0;
  std::uint64_t layer = 0;  ///< the number of the layer; in a chain that of the layer around it
  bool is_inside = false;   ///< whether the chain lies in a layer
  std::size_t before = 0;   ///< the number of layers in the branches before this one

  /// The noise of the layer at a position of the chain. Every layer has a number of its own: layer i of a network has i,
  /// and layer i inside layer o has 64 (o + 1) + i, as long as i is below 64 and the number below 2^16; all others have
  /// a hash of o and i.
  [[nodiscard]] constexpr Noise at(std::size_t position) const {
    Noise result = *this;
    const std::uint64_t index = before + position;
    const std::uint64_t number = is_inside ? 64 * (layer + 1) + index : index;
    const bool is_small = index < 64 && (!is_inside || layer < few_layers) && number < few_layers;
    result.layer = is_small ? number : hash(is_inside ? layer + 1 : 0, index);
    return result;
  }
  /// The noise of the chain of a branch of this layer, behind `layers` layers of other branches.
  [[nodiscard]] constexpr Noise inside(std::size_t layers = 0) const {
    Noise result = *this;
    result.is_inside = true;
    result.before = layers;
    return result;
  }

  /// The stream of random numbers of this layer and step. The numbers of initializers have the first streams of the
  /// seed, which may be the same one.
  [[nodiscard]] constexpr Random random() const {
    const std::uint64_t stream = (std::uint64_t{1} << 63) + (step << 16);
    if (layer < few_layers) return Random{seed, stream + layer};
    return Random{Seed{seed.value ^ layer}, stream};
  }

 private:
  static constexpr std::uint64_t few_layers = std::uint64_t{1} << 16;

  /// Source: Steele, Lea, Flood, "Fast splittable pseudorandom number generators", 2014 (the finalizer of SplitMix64).
  static constexpr std::uint64_t hash(std::uint64_t outer, std::uint64_t index) {
    std::uint64_t word = outer * 0x9E3779B97F4A7C15u + index;
    for (const std::uint64_t factor : {0xBF58476D1CE4E5B9u, 0x94D049BB133111EBu, 0xBF58476D1CE4E5B9u})
      word = (word ^ (word >> 30)) * factor;
    return word | few_layers;
  }
};

/// The purpose of a forward pass.
enum class Mode { one_sample, batch, training };

/// The context of forward. Saved arrays exist in training only; `state` is null if there is no stream.
template <class LinkType, Mode mode, std::size_t most_rows = 1>
struct ForwardContext {
  using link = LinkType;
  using bound = typename link::bound;
  using T = typename bound::value_type;
  static constexpr std::size_t max_rows = most_rows;
  static constexpr bool one_sample = mode == Mode::one_sample;
  static constexpr bool training = mode == Mode::training;

  typename link::template Input<const T> x;
  typename link::template Output<T> y;
  const T* parameters;
  const T* statistics;
  T* scratch;
  T* saved = nullptr;
  T* saved_of_batch = nullptr;
  T* state = nullptr;
  Noise noise{};

  template <class Array>
  constexpr auto operator[](Array) const {
    constexpr std::size_t offset = array_offset<bound, Array, ArrayCounts{max_rows}>;
    static_assert(Array::region != Region::backward_scratch && Array::region != Region::accumulators,
                  "forward: scratch of the backward pass is not there; declare a Scratch");
    if constexpr (Array::region == Region::parameters)
      return view_of<Array>(parameters + offset);
    else if constexpr (Array::region == Region::statistics)
      return view_of<Array>(statistics + offset);
    else if constexpr (Array::region == Region::saved)
      return view_of<Array>(saved + offset, x.count);
    else if constexpr (Array::region == Region::saved_of_batch)
      return view_of<Array>(saved_of_batch + offset);
    else if constexpr (Array::region == Region::state)
      return view_of<Array>(state + offset, x.count);
    else
      return view_of<Array>(scratch + offset);
  }
};

/// The members that the contexts of backward have in common. A layer with rows_at_a_time is called for a few samples at
/// a time: `is_first` and `is_last` mark the first and the last call of a batch. Scratch, carried arrays and
/// accumulators keep their content from call to call.
template <class LinkType, bool wants_input, std::size_t most_rows>
struct BackwardViews {
  using link = LinkType;
  using bound = typename link::bound;
  using T = typename bound::value_type;
  static constexpr std::size_t max_rows = most_rows;
  static constexpr bool wants_input_gradient = wants_input;

  typename link::template Input<const T> x;
  typename link::template Output<const T> y;
  typename link::template Output<T> dy;
  const T* saved;
  const T* saved_of_batch;
  T* scratch;
  T* accumulators = nullptr;
  std::size_t first_row = 0;
  bool is_first = true;
  bool is_last = true;

 protected:
  template <class Array>
  constexpr auto array() const {
    // Saved arrays hold the whole batch, the others what backward takes at a time.
    constexpr std::size_t offset =
        array_offset<bound, Array,
                     ArrayCounts{Array::region == Region::saved ? max_rows : backward_rows<bound>(max_rows),
                                 wants_input_gradient}>;
    static_assert(wants_input_gradient || !Array::only_for_input_gradient,
                  "backward: an InputGradientScratch is there only where the gradient by the input is wanted");
    if constexpr (Array::region == Region::saved) {
      constexpr std::size_t one = Array::rows * simd::row_stride<T>(Array::columns);
      return view_of<Array>(saved + offset + first_row * one, x.count);
    } else if constexpr (Array::region == Region::saved_of_batch) {
      return view_of<Array>(saved_of_batch + offset);
    } else if constexpr (Array::region == Region::accumulators) {
      return view_of<Array>(accumulators + offset);
    } else {
      static_assert(Array::region == Region::backward_scratch,
                    "backward: this array is not there; a Scratch is forward's, a BackwardScratch backward's");
      return view_of<Array>(scratch + offset, x.count);
    }
  }
};

/// The context of backward_output, which may turn dL/dy into dL/dz in place, and of backward_input, which writes dx.
/// Both read the parameters that forward has read.
template <class LinkType, bool wants_input, std::size_t most_rows>
struct BackwardContext : BackwardViews<LinkType, wants_input, most_rows> {
  using typename BackwardViews<LinkType, wants_input, most_rows>::link;
  using typename BackwardViews<LinkType, wants_input, most_rows>::bound;
  using typename BackwardViews<LinkType, wants_input, most_rows>::T;

  typename link::template Input<T> dx;
  const T* parameters;
  const T* statistics;
  T* state_gradient = nullptr;

  template <class Array>
  constexpr auto operator[](Array) const {
    if constexpr (Array::region == Region::parameters)
      return view_of<Array>(parameters + array_offset<bound, Array, ArrayCounts{}>);
    else if constexpr (Array::region == Region::statistics)
      return view_of<Array>(statistics + array_offset<bound, Array, ArrayCounts{}>);
    else
      return this->template array<Array>();
  }
};

/// The context of backward_parameters. pass.gradient(weight) is the consumer of the gradient by `weight`
/// (kernels/product/gradient_consumer.hpp). A consumer may update the parameter, so parameters cannot be read here.
template <class LinkType, bool wants_input, std::size_t most_rows, class Consumer>
struct ParametersContext : BackwardViews<LinkType, wants_input, most_rows> {
  using typename BackwardViews<LinkType, wants_input, most_rows>::bound;

  Consumer consumer;

  template <class Array>
  constexpr auto operator[](Array) const {
    constexpr bool may_have_changed = Array::region == Region::parameters;
    static_assert(!may_have_changed,
                  "backward_parameters: the parameters may have changed; read them in backward_input and carry what is "
                  "needed in a Carried array");
    if constexpr (!may_have_changed) return this->template array<Array>();
  }
  template <class Array>
  constexpr auto gradient(Array) const {
    static_assert(Array::region == Region::parameters, "backward_parameters: only parameters have gradients");
    constexpr std::size_t offset = array_offset<bound, Array, ArrayCounts{}>;
    if constexpr (requires {
                    requires Array::is_vector;
                    consumer.of_vector();
                  })
      return consumer.of_vector().at(offset);
    else
      return consumer.at(offset);
  }
};

/// The context of update_statistics, which follows forward and backward of `samples` samples.
template <class BoundType>
struct StatisticsContext {
  using bound = BoundType;
  using T = typename bound::value_type;

  T* statistics;
  const T* saved_of_batch;
  std::size_t samples;

  template <class Array>
  constexpr auto operator[](Array) const {
    constexpr std::size_t offset = array_offset<bound, Array, ArrayCounts{}>;
    if constexpr (Array::region == Region::statistics)
      return view_of<Array>(statistics + offset);
    else
      return view_of<Array>(saved_of_batch + offset);
  }
};

}  // namespace cortexpr::detail

#pragma once

#include <cortexpr/core/shape.hpp>
#include <cortexpr/core/text.hpp>
#include <cortexpr/core/type_list.hpp>
#include <cortexpr/nn/report/cost.hpp>

#include <array>
#include <cstddef>
#include <span>

// A topology as an array of rows, one per layer, for tables and drawings.

namespace cortexpr::detail {

/// The kinds of layers that drawings show in different colors. They follow from the members of a bound layer, so a new
/// layer has a kind too.
enum class LayerKind {
  dense,      // weights for a vector
  windowed,   // weights for images and sequences
  streaming,  // has a stream state: recurrent and causal layers
  scaling,    // parameters without multiply-adds: normalisation, Embedding
  function,   // no parameters: pooling, activations
  view,
  only_in_training,
  composite,
};

inline constexpr std::size_t no_layer = static_cast<std::size_t>(-1);

/// One layer. The rows of its inner layers follow, branch after branch.
struct LayerRow {
  const char* name = "";
  LayerKind kind = LayerKind::function;
  const std::size_t* extents = nullptr;  // of the output
  std::size_t rank = 0;
  LayerCost cost{};

  std::size_t parent = no_layer;  // the row of the layer that contains it
  std::size_t branch = 0;         // the branch of its parent
  std::size_t index = 0;          // the position in the network or branch
  std::size_t depth = 0;          // the number of layers that contain it
  std::size_t inner = 0;          // the number of its inner layers, at any depth
  std::size_t branches = 0;       // the number of its branches, which may be empty
  const char* merge = "";         // the name of the merge of their outputs; empty if there is only one
};

using LayerTable = std::span<const LayerRow>;

template <class Bound>
constexpr LayerKind kind_of() {
  using Memory = LayerMemory<Bound>;
  if (CompositeLayer<Bound>) return LayerKind::composite;
  if (Bound::is_view) return LayerKind::view;
  if (Bound::only_in_training) return LayerKind::only_in_training;
  if (Memory::state > 0) return LayerKind::streaming;
  if (Memory::parameter_count == 0) return LayerKind::function;
  if (Bound::macs == 0) return LayerKind::scaling;
  return Bound::input_shape::rank == 1 ? LayerKind::dense : LayerKind::windowed;
}

template <class ChainType>
constexpr std::size_t count_layers() {
  std::size_t result = ChainType::size;
  for_each_index<ChainType::size>([&](auto index) {
    using Bound = BoundAt<ChainType, index>;
    if constexpr (CompositeLayer<Bound>)
      for_each_index<Bound::branches::size>([&](auto k) { result += count_layers<At<typename Bound::branches, k>>(); });
  });
  return result;
}

/// Writes the rows of a table.
struct LayerTableWriter {
  LayerRow* layers;
  std::size_t size = 0;

  /// Adds the layers of a network, or of a branch of layer `parent`. `elements_around_chain` elements are alive outside
  /// of the chain.
  template <class ChainType>
  constexpr void add(std::size_t elements_around_chain, std::size_t parent = no_layer, std::size_t branch = 0) {
    for_each_index<ChainType::size>([&](auto index) {
      using Bound = BoundAt<ChainType, index>;
      constexpr std::size_t layer = index;
      const std::size_t position = size++;
      LayerRow& row = layers[position];
      row.name = LayerAt<ChainType, layer>::name;
      row.kind = kind_of<Bound>();
      row.extents = Extents<typename Bound::output_shape>::values;
      row.rank = Bound::output_shape::rank;
      row.cost = cost_of<ChainType, layer>(elements_around_chain);
      row.parent = parent;
      row.branch = branch;
      row.index = layer;
      row.depth = parent == no_layer ? 0 : layers[parent].depth + 1;
      if constexpr (CompositeLayer<Bound>) {
        using Branches = typename Bound::branches;
        row.branches = Branches::size;
        row.merge = Bound::merge::name;
        const std::size_t around = elements_around_chain + elements_around<ChainType, layer>();
        for_each_index<Branches::size>([&](auto k) {
          if constexpr (At<Branches, k>::size > 0) add<At<Branches, k>>(around, position, k);
        });
        row.inner = size - position - 1;
      }
    });
  }
};

/// The table of a network.
template <class Net>
inline constexpr auto layer_table = [] {
  std::array<LayerRow, count_layers<typename Net::chain>()> layers{};
  LayerTableWriter writer{layers.data()};
  writer.add<typename Net::chain>(0);
  return layers;
}();

/// Writes the path of a layer, with which the names of its parameters begin, such as "3.0.1".
template <class Sink>
constexpr void write_path(Sink& sink, LayerTable layers, std::size_t layer) {
  const LayerRow& here = layers[layer];
  if (here.parent != no_layer) {
    write_path(sink, layers, here.parent);
    sink('.');
    if (layers[here.parent].branches > 1) {
      write_number(sink, here.branch);
      sink('.');
    }
  }
  write_number(sink, here.index);
}

}  // namespace cortexpr::detail

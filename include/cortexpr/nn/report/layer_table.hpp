#pragma once

#include <cortexpr/core/shape.hpp>
#include <cortexpr/core/text.hpp>
#include <cortexpr/core/type_list.hpp>
#include <cortexpr/nn/cost.hpp>

#include <array>
#include <cstddef>
#include <span>

// A topology as a plain array, for tables and drawings.

namespace cortexpr::detail {

/// What a drawing gives a color of its own; told by what a layer answers, so that it holds for any layer.
enum class LayerKind {
  dense,             // weights for a vector
  windowed,          // weights for images and sequences
  streaming,         // keeps a state: recurrent and causal layers
  scaling,           // parameters without multiply-adds: normalisation, Embedding
  function,          // no parameters: pooling, activations
  view,
  only_in_training,
  made_of_layers,
};

inline constexpr std::size_t no_layer = static_cast<std::size_t>(-1);

/// One layer. Those inside it follow, branch after branch.
struct LayerRow {
  const char* name = "";
  LayerKind kind = LayerKind::function;
  const std::size_t* extents = nullptr;  // of its output
  std::size_t rank = 0;
  LayerCost cost{};

  std::size_t parent = no_layer;  // where the layer around it stands in the array
  std::size_t branch = 0;         // of its parent
  std::size_t index = 0;          // in the network, or in its branch
  std::size_t depth = 0;          // how many layers are around it
  std::size_t inner = 0;          // how many layers are inside it, at any depth
  std::size_t branches = 0;       // how many branches it has, which may be empty
  const char* join = "";          // how their outputs become one; nothing if there is only one
};

using LayerTable = std::span<const LayerRow>;

template <class Place>
constexpr LayerKind kind_of() {
  using Layer = typename Place::layer;
  if (MadeOfLayers<Place>) return LayerKind::made_of_layers;
  if (Layer::is_view) return LayerKind::view;
  if (Layer::only_in_training) return LayerKind::only_in_training;
  if (Place::state > 0) return LayerKind::streaming;
  if (Place::parameter_count == 0) return LayerKind::function;
  if (Layer::template macs<typename Place::input_shape> == 0) return LayerKind::scaling;
  return Place::input_shape::rank == 1 ? LayerKind::dense : LayerKind::windowed;
}

template <class Places>
constexpr std::size_t count_layers() {
  std::size_t result = Places::size;
  for_each_index<Places::size>([&]<std::size_t I>() {
    using Here = At<Places, I>;
    if constexpr (MadeOfLayers<Here>)
      for_each_index<BranchesOf<Here>::size>(
          [&]<std::size_t K>() { result += count_layers<typename At<BranchesOf<Here>, K>::places>(); });
  });
  return result;
}

/// Fills an array layer by layer.
struct LayerTableWriter {
  LayerRow* layers;
  std::size_t size = 0;

  /// Those of the network, or of a branch of `parent`; elements_around_them lie beside what they need themselves.
  template <class Places>
  constexpr void add(std::size_t elements_around_them, std::size_t parent = no_layer, std::size_t branch = 0) {
    for_each_index<Places::size>([&]<std::size_t I>() {
      using Here = At<Places, I>;
      const std::size_t position = size++;
      LayerRow& layer = layers[position];
      layer.name = Here::layer::name;
      layer.kind = kind_of<Here>();
      layer.extents = Extents<typename Here::output_shape>::values;
      layer.rank = Here::output_shape::rank;
      layer.cost = cost_of<Places, I>(elements_around_them);
      layer.parent = parent;
      layer.branch = branch;
      layer.index = I;
      layer.depth = parent == no_layer ? 0 : layers[parent].depth + 1;
      if constexpr (MadeOfLayers<Here>) {
        using Branches = BranchesOf<Here>;
        layer.branches = Branches::size;
        layer.join = Here::layer::join::name;
        for_each_index<Branches::size>([&]<std::size_t K>() {
          if constexpr (At<Branches, K>::layers > 0)
            add<typename At<Branches, K>::places>(elements_around_them + elements_around<Places, I>(), position, K);
        });
        layer.inner = size - position - 1;
      }
    });
  }
};

/// All layers of a network.
template <class Net>
inline constexpr auto layer_table = [] {
  std::array<LayerRow, count_layers<typename Net::places>()> layers{};
  LayerTableWriter writer{layers.data()};
  writer.add<typename Net::places>(0);
  return layers;
}();

/// "3.0.1", as the names of its parameters begin.
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

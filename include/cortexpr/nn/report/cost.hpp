#pragma once

#include <cortexpr/core/type_list.hpp>
#include <cortexpr/nn/layer.hpp>
#include <cortexpr/nn/memory/report.hpp>

#include <cstddef>

// What each layer costs, counted by the compiler.

namespace cortexpr {

namespace detail {

/// A place of a layer that is made of layers; nn/branches.hpp gives it branches.
template <class Place>
concept MadeOfLayers = requires { typename Place::layer::join; };

template <class Place>
using BranchesOf = typename Place::layer::template at<Place>;

/// The elements of the layer's statistics.
template <class Place>
inline constexpr std::size_t statistics_count = []<class... One>(TypeList<One...>) {
  return (std::size_t{0} + ... + (One::trainable ? 0 : One::shape::size));
}(typename Place::parameters{});

template <class Place>
constexpr std::size_t elements_moved() {
  if constexpr (Place::layer::is_view || Place::layer::only_in_training) {
    return 0;
  } else if constexpr (MadeOfLayers<Place>) {
    std::size_t result = Place::output_shape::size;
    for_each_index<BranchesOf<Place>::size>([&]<std::size_t K>() {
      using Branch = At<BranchesOf<Place>, K>;
      result += Branch::output_shape::size;
      for_each_index<Branch::layers>(
          [&]<std::size_t I>() { result += elements_moved<At<typename Branch::places, I>>(); });
    });
    return result;
  } else {
    return Place::input_shape::size + Place::parameter_count + statistics_count<Place> + Place::output_shape::size;
  }
}

/// Elements of activations that are alive while this layer runs for one sample.
template <class Places, std::size_t Layer>
constexpr std::size_t elements_alive() {
  std::size_t result = 0;
  for (const Lifetime& buffer : InferencePlan<Places, 1>::lifetimes)
    if (buffer.first <= Layer && Layer <= buffer.last) result += buffer.elements;
  return result;
}

/// The same of what the layers of a branch add to, where the layer around them uses scratch.
template <class Places, std::size_t Layer>
constexpr std::size_t elements_around() {
  return elements_alive<Places, Layer>() - InferencePlan<Places, 1>::lifetimes[Places::size + Layer].elements;
}

}  // namespace detail

/// What a layer costs, as numbers.
struct LayerCost {
  std::size_t parameters = 0, statistics = 0, macs = 0, bytes_moved = 0, flash_bytes = 0, ram_bytes = 0;
};

namespace detail {

/// Of layer `Layer` of these places, with so many elements alive around them.
template <class Places, std::size_t Layer>
constexpr LayerCost cost_of(std::size_t elements_around_them) {
  using Here = At<Places, Layer>;
  constexpr std::size_t bytes = sizeof(typename Here::value_type);
  return {.parameters = Here::parameter_count,
          .statistics = statistics_count<Here>,
          .macs = Here::layer::template macs<typename Here::input_shape>,
          .bytes_moved = elements_moved<Here>() * bytes,
          .flash_bytes =
              (Here::parameter_end - Here::parameter_begin + Here::statistics_end - Here::statistics_begin) * bytes,
          .ram_bytes = (elements_around_them + elements_alive<Places, Layer>()) * bytes};
}

}  // namespace detail

/// What layer `Layer` of a network costs, for a static_assert; the first layer after Input is 0:
///
///     static_assert(cx::cost<Net, 2>::macs < 100'000);
template <class Net, std::size_t Layer>
struct cost {
 private:
  static_assert(Layer < Net::layer_count, "cost: the network must have this layer; the first after Input is 0");
  static constexpr LayerCost numbers = detail::cost_of<typename Net::places, Layer>(0);

 public:
  /// Weights and biases, padding not counted.
  static constexpr std::size_t parameters = numbers.parameters;
  /// Numbers that no optimizer moves, such as the running means of BatchNorm.
  static constexpr std::size_t statistics = numbers.statistics;
  /// Multiply-adds for one sample.
  static constexpr std::size_t macs = numbers.macs;
  /// What one inference of the layer reads and writes at least: input, parameters, statistics and output, each once and
  /// without padding. Of a layer that is made of layers: what these move, then the outputs of its branches and its own.
  /// Views, and layers that do nothing outside training, move nothing.
  static constexpr std::size_t bytes_moved = numbers.bytes_moved;
  /// What its parameters and statistics take in the network's block, padding included.
  static constexpr std::size_t flash_bytes = numbers.flash_bytes;
  /// What is alive while the layer runs in the inference of one sample: its input, output and scratch, padding included.
  /// The first layer's input lies with the caller, and is not counted.
  static constexpr std::size_t ram_bytes = numbers.ram_bytes;
};

}  // namespace cortexpr

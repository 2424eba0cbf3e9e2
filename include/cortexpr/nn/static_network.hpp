#pragma once

#include <cortexpr/nn/network.hpp>

#include <cstddef>
#include <span>

namespace cortexpr {

/// A handle to a network in static memory, for networks that are too large for the stack. It has the functions of the
/// network, and functions of the library accept it in place of the network.
template <class Net>
class StaticNetwork {
 public:
  using InputTensor = typename Net::InputTensor;
  using OutputTensor = typename Net::OutputTensor;
  using State = typename Net::State;
  using Workspace = typename Net::Workspace;
  static constexpr std::size_t layer_count = Net::layer_count;
  static constexpr std::size_t parameter_count = Net::parameter_count;
  static constexpr std::size_t macs = Net::macs;

  explicit constexpr StaticNetwork(Net& network) noexcept : network_{&network} {}

  constexpr operator Net&() const noexcept { return *network_; }
  constexpr Net& operator*() const noexcept { return *network_; }
  constexpr Net* operator->() const noexcept { return network_; }

  constexpr void initialize(Seed seed) const noexcept { network_->initialize(seed); }
  [[nodiscard]] constexpr auto operator()(const typename Net::InputTensor& input) const noexcept {
    return (*network_)(input);
  }
  [[nodiscard]] constexpr OutputTensor operator()(const InputTensor& input, State& state) const noexcept {
    return (*network_)(input, state);
  }
  [[nodiscard]] constexpr OutputTensor operator()(const InputTensor& input, Workspace& workspace) const noexcept {
    return (*network_)(input, workspace);
  }
  constexpr std::size_t operator()(std::span<const typename Net::value_type> inputs,
                                   std::span<typename Net::value_type> outputs) const noexcept {
    return (*network_)(inputs, outputs);
  }
  [[nodiscard]] constexpr std::size_t classify(const typename Net::InputTensor& input) const noexcept {
    return network_->classify(input);
  }
  [[nodiscard]] constexpr std::size_t classify(const InputTensor& input, Workspace& workspace) const noexcept {
    return network_->classify(input, workspace);
  }
  [[nodiscard]] constexpr auto block() const noexcept { return network_->block(); }
  template <class Pixels>
    requires requires(const Net& network, const Pixels& pixels) { network.classify(pixels); }
  [[nodiscard]] constexpr std::size_t classify(const Pixels& pixels) const {
    return network_->classify(pixels);
  }
  template <detail::FixedString Name>
  [[nodiscard]] constexpr auto parameter() const noexcept {
    return network_->template parameter<Name>();
  }

 private:
  Net* network_;
};

/// Returns a handle to a network in static memory. Each call expression in each file of the program has a network of its
/// own; a call in a loop returns the same network again.
///
///     auto network = cx::make_static<Classifier>();
template <class Net, class CallSite = decltype([] {})>
[[nodiscard]] static StaticNetwork<Net> make_static() noexcept {
  static constinit Net network{};
  return StaticNetwork<Net>{network};
}

}  // namespace cortexpr

#pragma once

#include <cortexpr/nn/network.hpp>

#include <utility>

namespace cortexpr {

/// A handle to a network that lies in static memory, where a large one belongs on a small stack. It does what the
/// network does, and is taken where the network is.
template <class Net>
class StaticNetwork {
 public:
  explicit constexpr StaticNetwork(Net& network) : network_{&network} {}

  constexpr operator Net&() const { return *network_; }
  constexpr Net& operator*() const { return *network_; }
  constexpr Net* operator->() const { return network_; }

  constexpr void initialize(Seed seed) const { network_->initialize(seed); }
  [[nodiscard]] constexpr auto operator()(const typename Net::InputTensor& input) const { return (*network_)(input); }
  template <class Inputs, class Outputs>
  constexpr std::size_t operator()(Inputs&& inputs, Outputs&& outputs) const {
    return (*network_)(std::forward<Inputs>(inputs), std::forward<Outputs>(outputs));
  }
  [[nodiscard]] constexpr std::size_t classify(const typename Net::InputTensor& input) const {
    return network_->classify(input);
  }
  template <class Pixels>
    requires requires(const Net& network, const Pixels& pixels) { network.classify(pixels); }
  [[nodiscard]] constexpr std::size_t classify(const Pixels& pixels) const {
    return network_->classify(pixels);
  }
  template <detail::FixedString Name>
  [[nodiscard]] constexpr auto parameter() const {
    return network_->template parameter<Name>();
  }

 private:
  Net* network_;
};

/// A network in static memory; each place in the program where this is written has its own.
///
///     auto network = cx::make_static<Classifier>();
template <class Net, class Place = decltype([] {})>
[[nodiscard]] StaticNetwork<Net> make_static() {
  static constinit Net network{};
  return StaticNetwork<Net>{network};
}

}  // namespace cortexpr

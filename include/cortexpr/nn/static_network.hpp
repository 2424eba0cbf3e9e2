#pragma once

#include <cortexpr/nn/network.hpp>

#include <utility>

namespace cortexpr {

/// A handle to a network in static memory, for networks that are too large for the stack. It has the functions of the
/// network, and functions of the library accept it in place of the network.
template <class Net>
class StaticNetwork {
 public:
  explicit constexpr StaticNetwork(Net& network) noexcept : network_{&network} {}

  constexpr operator Net&() const noexcept { return *network_; }
  constexpr Net& operator*() const noexcept { return *network_; }
  constexpr Net* operator->() const noexcept { return network_; }

  constexpr void initialize(Seed seed) const noexcept { network_->initialize(seed); }
  [[nodiscard]] constexpr auto operator()(const typename Net::InputTensor& input) const noexcept {
    return (*network_)(input);
  }
  template <class Inputs, class Outputs>
  constexpr std::size_t operator()(Inputs&& inputs, Outputs&& outputs) const {
    return (*network_)(std::forward<Inputs>(inputs), std::forward<Outputs>(outputs));
  }
  [[nodiscard]] constexpr std::size_t classify(const typename Net::InputTensor& input) const noexcept {
    return network_->classify(input);
  }
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

/// Returns a handle to a network in static memory. Each call expression in the program has a network of its own.
///
///     auto network = cx::make_static<Classifier>();
template <class Net, class CallSite = decltype([] {})>
[[nodiscard]] StaticNetwork<Net> make_static() noexcept {
  static constinit Net network{};
  return StaticNetwork<Net>{network};
}

}  // namespace cortexpr

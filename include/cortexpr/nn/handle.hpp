#pragma once

#include <cortexpr/config.hpp>
#include <cortexpr/nn/network.hpp>

#include <cstddef>
#include <span>
#include <type_traits>
#if CORTEXPR_HOSTED
#include <cstdio>
#include <cstdlib>
#endif

namespace cortexpr {

class DataError;  // core/error.hpp

namespace detail {

/// What a Network has and a QuantizedNetwork has not.
template <class Net>
struct HandleOf {};
template <class Net>
  requires requires { typename Net::chain; }
struct HandleOf<Net> {
  using chain = typename Net::chain;
  using State = typename Net::State;
  static constexpr std::size_t layer_count = Net::layer_count;
  static constexpr std::size_t parameter_count = Net::parameter_count;
};

}  // namespace detail

/// A handle to a network, quantized or not, that lies in static memory or on the heap. It has the functions of the
/// network, and functions of the library accept it in place of the network. It can be moved, not copied; a handle that was
/// moved from has no network. `Handle{network}` refers to a network that belongs to the caller.
template <class Net>
class Handle : public detail::HandleOf<Net> {
 public:
  using value_type = typename Net::value_type;
  using input_shape = typename Net::input_shape;
  using output_shape = typename Net::output_shape;
  using InputTensor = typename Net::InputTensor;
  using OutputTensor = typename Net::OutputTensor;
  using Workspace = typename Net::Workspace;
  static constexpr std::size_t macs = Net::macs;

  explicit constexpr Handle(Net& network) noexcept : network_{&network} {}
  /// `release` is called with the network at the end of the handle's life.
  constexpr Handle(Net& network, void (*release)(Net*) noexcept) noexcept : network_{&network}, release_{release} {}

  constexpr Handle(Handle&& other) noexcept : network_{other.network_}, release_{other.release_} { other.forget(); }
  constexpr Handle& operator=(Handle&& other) noexcept {
    Handle old{static_cast<Handle&&>(other)};
    swap(old);
    return *this;
  }
  constexpr ~Handle() {
    if (release_ != nullptr) release_(network_);
  }
  // A freestanding program may have no functions to destroy static objects.
  constexpr ~Handle()
    requires(!CORTEXPR_HOSTED)
  = default;

  constexpr operator Net&() const noexcept { return *network_; }
  constexpr Net& operator*() const noexcept { return *network_; }
  constexpr Net* operator->() const noexcept { return network_; }

  constexpr void initialize(Seed seed) const noexcept { network_->initialize(seed); }
  [[nodiscard]] constexpr OutputTensor operator()(const InputTensor& input) const noexcept {
    return (*network_)(input);
  }
  template <class Network = Net>
  [[nodiscard]] constexpr OutputTensor operator()(const InputTensor& input,
                                                  typename Network::State& state) const noexcept {
    return (*network_)(input, state);
  }
  [[nodiscard]] constexpr OutputTensor operator()(const InputTensor& input, Workspace& workspace) const noexcept {
    return (*network_)(input, workspace);
  }
  constexpr std::size_t operator()(std::span<const value_type> inputs, std::span<value_type> outputs) const noexcept {
    return (*network_)(inputs, outputs);
  }
  [[nodiscard]] constexpr std::size_t classify(const InputTensor& input) const noexcept {
    return network_->classify(input);
  }
  [[nodiscard]] constexpr std::size_t classify(const InputTensor& input, Workspace& workspace) const noexcept {
    return network_->classify(input, workspace);
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
  [[nodiscard]] constexpr auto data() const noexcept { return network_->data(); }
  [[nodiscard]] constexpr auto block() const noexcept { return network_->block(); }

 private:
  constexpr void forget() noexcept {
    network_ = nullptr;
    release_ = nullptr;
  }
  constexpr void swap(Handle& other) noexcept {
    Net* const network = network_;
    void (*const release)(Net*) noexcept = release_;
    network_ = other.network_;
    release_ = other.release_;
    other.network_ = network;
    other.release_ = release;
  }

  Net* network_;
  void (*release_)(Net*) noexcept = nullptr;
};

/// The name of Handle in earlier versions.
template <class Net>
using StaticNetwork = Handle<Net>;

#if CORTEXPR_HOSTED
namespace detail {

/// Throws a DataError where core/error.hpp is included; elsewhere, and without exceptions, it writes the sentence to the
/// standard error stream and ends the program. With that header, programs of a few layers would take a compiler a
/// quarter longer.
template <class Error>
[[noreturn, gnu::cold]] static void refuse_handle(const char* sentence) {
#if CORTEXPR_HAS_EXCEPTIONS
  if constexpr (requires { sizeof(Error); }) throw Error{sentence};
#endif
  std::fprintf(stderr, "%s\n", sentence);
  std::abort();
}

}  // namespace detail
#endif

/// Returns a handle to a network in static memory. Each call expression in each file of the program has a network of its
/// own. A call that is made again returns the same network, as it was left, once the handle of the call before is gone.
///
///     auto network = cx::make_static<Classifier>();
///
/// Errors:  DataError, or the end of the program where core/error.hpp is not included: the handle of the call before is
///          still there, as in a loop that collects handles. Freestanding programs do not check this: both handles are
///          one network.
template <class Net, class CallSite = decltype([] {})>
[[nodiscard]] static Handle<Net> make_static() noexcept(!CORTEXPR_HOSTED) {
  static constinit Net network{};
#if CORTEXPR_HOSTED
  static constinit bool is_used = false;
  if (__atomic_exchange_n(&is_used, true, __ATOMIC_ACQUIRE))
    detail::refuse_handle<std::conditional_t<(sizeof(Net) > 0), DataError, void>>(
        "make_static: this call is made again while the handle of its first call exists, so that two handles would be "
        "one network; use make_network, which returns a new network each time");
  return {network, [](Net*) noexcept { __atomic_store_n(&is_used, false, __ATOMIC_RELEASE); }};
#else
  return Handle<Net>{network};
#endif
}

#if CORTEXPR_HOSTED
/// Returns a handle to a new network on the heap, whose parameters are 0. Its end frees the memory.
///
///     std::vector<cx::Handle<Classifier>> ensemble;
///     for (int i = 0; i < 5; ++i) ensemble.push_back(cx::make_network<Classifier>());
template <class Net>
[[nodiscard]] Handle<Net> make_network() {
  return {*new Net{}, [](Net* network) noexcept { delete network; }};
}
#endif

}  // namespace cortexpr

#pragma once

#include <cortexpr/core/diagnostics.hpp>

#include <cstddef>
#include <new>
#include <type_traits>
#include <utility>

namespace cortexpr {

/// Holds any callable that takes a `const Report&`, without the heap. An empty one does nothing.
/// Errors:  compile time: the callable is larger than Callback::capacity
template <class Report>
class Callback {
 public:
  static constexpr std::size_t capacity = 64;

  constexpr Callback() noexcept = default;
  template <class Callable>
    requires std::is_invocable_v<Callable&, const Report&> && (!std::is_same_v<Callable, Callback>)
  explicit Callback(Callable callable) {
    static_assert(sizeof(Callable) <= capacity && alignof(Callable) <= alignof(std::max_align_t),
                  "Callback: the callable must fit into 64 bytes; let it refer to what it uses");
    ::new (static_cast<void*>(storage_)) Callable(std::move(callable));
    operations_ = &operations_of<Callable>;
  }
  constexpr Callback(const Callback& other) { copy(other); }
  constexpr Callback& operator=(const Callback& other) {
    if (this != &other) {
      destroy();
      copy(other);
    }
    return *this;
  }
  constexpr ~Callback() { destroy(); }

  constexpr void operator()(const Report& report) {
    if (operations_ != nullptr) operations_->call(storage_, report);
  }
  [[nodiscard]] constexpr explicit operator bool() const noexcept { return operations_ != nullptr; }

 private:
  struct Operations {
    void (*call)(void*, const Report&);
    void (*copy)(const void*, void*);
    void (*destroy)(void*);
  };
  template <class Callable>
  static constexpr Operations operations_of{
      [](void* self, const Report& report) { (*static_cast<Callable*>(self))(report); },
      [](const void* from, void* to) { ::new (to) Callable(*static_cast<const Callable*>(from)); },
      [](void* self) { static_cast<Callable*>(self)->~Callable(); }};

  constexpr void copy(const Callback& other) {
    operations_ = other.operations_;
    if (operations_ != nullptr) operations_->copy(other.storage_, storage_);
  }
  constexpr void destroy() noexcept {
    if (operations_ != nullptr) operations_->destroy(storage_);
    operations_ = nullptr;
  }

  const Operations* operations_ = nullptr;
  alignas(std::max_align_t) unsigned char storage_[capacity]{};
};

namespace detail {

/// Up to `Capacity` callbacks, called in the order in which they were added.
template <class Report, std::size_t Capacity>
class Callbacks {
 public:
  /// If all are in use, replaces the last one.
  template <class Callable>
  constexpr void add(Callable callable) {
    std::size_t position = 0;
    while (position + 1 < Capacity && callbacks_[position]) ++position;
    callbacks_[position] = Callback<Report>{std::move(callable)};
  }
  constexpr void operator()(const Report& report) {
    for (auto& callback : callbacks_) callback(report);
  }

 private:
  Callback<Report> callbacks_[Capacity]{};
};

/// No callbacks, for freestanding programs: takes no memory and has a trivial destructor.
template <class Report>
class Callbacks<Report, 0> {
 public:
  template <class Callable>
  constexpr void add(Callable) {
    static_assert(always_false<Callable>,
                  "Trainer::on_epoch: only fit calls back, and a freestanding program has none; call from the loop");
  }
  constexpr void operator()(const Report&) {}
};

}  // namespace detail
}  // namespace cortexpr

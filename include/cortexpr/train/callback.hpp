#pragma once

#include <cortexpr/config.hpp>
#include <cortexpr/core/diagnostics.hpp>

#include <cstddef>
#include <new>
#include <type_traits>
#include <utility>

namespace cortexpr {

/// Holds any callable that takes a `const Report&`, without the heap. A call returns false if the callable returns
/// false; an empty Callback does nothing.
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

  constexpr bool operator()(const Report& report) {
    return operations_ == nullptr || operations_->call(storage_, report);
  }
  [[nodiscard]] constexpr explicit operator bool() const noexcept { return operations_ != nullptr; }

 private:
  struct Operations {
    bool (*call)(void*, const Report&);
    void (*copy)(const void*, void*);
    void (*destroy)(void*);
  };
  template <class Callable>
  static constexpr Operations operations_of{
      [](void* self, const Report& report) {
        if constexpr (std::is_same_v<std::invoke_result_t<Callable&, const Report&>, bool>) {
          return (*static_cast<Callable*>(self))(report);
        } else {
          (*static_cast<Callable*>(self))(report);
          return true;
        }
      },
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

/// What fit calls: the callable, or what its member `attach` makes for the trainer.
template <class Callable, class TrainerType>
constexpr auto attached(Callable callable, TrainerType& trainer) {
  if constexpr (requires { callable.attach(trainer); })
    return callable.attach(trainer);
  else
    return callable;
}

/// Callbacks, called in the order in which they were added. The first `Capacity` lie in the object, others on the heap.
template <class Report, std::size_t Capacity>
class Callbacks {
 public:
  constexpr Callbacks() noexcept = default;
  constexpr Callbacks(const Callbacks& other) { copy(other); }
  constexpr Callbacks& operator=(const Callbacks& other) {
    if (this != &other) {
      delete std::exchange(more_, nullptr);
      copy(other);
    }
    return *this;
  }
  constexpr ~Callbacks() { delete more_; }

  template <class Callable>
  constexpr void add(Callable callable) {
    for (Callback<Report>& callback : callbacks_)
      if (!callback) {
        callback = Callback<Report>{std::move(callable)};
        return;
      }
    if (more_ == nullptr) more_ = new Callbacks;
    more_->add(std::move(callable));
  }
  /// Calls all of them. Returns false if one returned false.
  constexpr bool operator()(const Report& report) {
    bool go_on = true;
    for (Callback<Report>& callback : callbacks_) go_on = callback(report) && go_on;
    return (more_ == nullptr || (*more_)(report)) && go_on;
  }

 private:
  constexpr void copy(const Callbacks& other) {
    for (std::size_t i = 0; i < Capacity; ++i) callbacks_[i] = other.callbacks_[i];
    if (other.more_ != nullptr) more_ = new Callbacks{*other.more_};
  }

  Callback<Report> callbacks_[Capacity]{};
  Callbacks* more_ = nullptr;
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
  constexpr bool operator()(const Report&) { return true; }
};

/// The callbacks of a trainer. Only fit calls them, and fit is for hosted programs.
template <class Report>
using CallbacksOfFit = Callbacks<Report, CORTEXPR_HOSTED ? 4 : 0>;

}  // namespace detail
}  // namespace cortexpr

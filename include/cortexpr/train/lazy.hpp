#pragma once

#include <cortexpr/config.hpp>

#include <utility>

namespace cortexpr::detail {

/// An object on the heap that is made at its first use. A copy has an object of its own. Unlike that of Placed
/// (core/placed.hpp), its type need be complete only at the first use.
template <class Object>
class Lazy {
 public:
  constexpr Lazy() noexcept = default;
  constexpr Lazy(const Lazy& other)
      : operations_{other.operations_},
        object_{other.object_ == nullptr ? nullptr : other.operations_->copy(other.object_)} {}
  constexpr Lazy(Lazy&& other) noexcept
      : operations_{other.operations_}, object_{std::exchange(other.object_, nullptr)} {}
  constexpr Lazy& operator=(Lazy other) noexcept {
    std::swap(operations_, other.operations_);
    std::swap(object_, other.object_);
    return *this;
  }
  constexpr ~Lazy() {
    if (object_ != nullptr) operations_->destroy(object_);
  }

  /// The object, or null.
  [[nodiscard]] constexpr Object* find() const noexcept { return object_; }
  [[nodiscard]] constexpr Object& get() {
    if (object_ == nullptr) {
      operations_ = &operations_of<Object>;
      object_ = new Object{};
    }
    return *object_;
  }

 private:
  struct Operations {
    Object* (*copy)(const Object*);
    void (*destroy)(Object*);
  };
  template <class Complete>
  static constexpr Operations operations_of{[](const Complete* object) { return new Complete{*object}; },
                                            [](Complete* object) { delete object; }};

  const Operations* operations_ = nullptr;
  Object* object_ = nullptr;
};

/// In freestanding programs, which have no fit.
struct NoFitState {};

}  // namespace cortexpr::detail

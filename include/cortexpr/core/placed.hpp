#pragma once

#include <cortexpr/config.hpp>

#include <cstddef>

#if !defined(CORTEXPR_STACK_LIMIT)
#define CORTEXPR_STACK_LIMIT 65536
#endif

namespace cortexpr {

/// The size in bytes from which on an object is large: 64 KiB, or the value of the macro CORTEXPR_STACK_LIMIT. The
/// library puts its own large objects on the heap, smaller ones on the stack or into the object that they belong to.
/// Without a heap (CORTEXPR_HEAP is 0) large objects lie where the program declares them.
inline constexpr std::size_t stack_limit = CORTEXPR_STACK_LIMIT;

namespace detail {

enum class Place { inside, heap };

/// Where an object of this size lies, unless its owner chooses.
template <std::size_t Bytes>
inline constexpr Place place_of = CORTEXPR_HEAP && Bytes >= stack_limit ? Place::heap : Place::inside;

/// Calls action(object) with an object that is not initialized, on the stack or, if it is large, on the heap.
/// Cost:  one allocation if it is large
template <class Object, Place place = place_of<sizeof(Object)>, class Action>
CORTEXPR_INLINE constexpr auto with_object(const Action& action) {
  if constexpr (place == Place::heap) {
    struct Owner {
      Object* object = new Object;
      constexpr ~Owner() { delete object; }
    } owner;
    return action(*owner.object);
  } else {
    Object object;
    return action(object);
  }
}

/// A member that lies in its owner or, with Place::heap, on the heap, where it is made at its first use. Copies have an
/// object of their own.
template <class Object, Place place>
class Placed {
 public:
  constexpr Object& operator*() noexcept { return object_; }
  constexpr Object* operator->() noexcept { return &object_; }
  constexpr const Object* operator->() const noexcept { return &object_; }

 private:
  Object object_{};
};

template <class Object>
class Placed<Object, Place::heap> {
 public:
  constexpr Placed() noexcept = default;
  constexpr Placed(const Placed& other) : object_{other.object_ == nullptr ? nullptr : new Object{*other.object_}} {}
  constexpr Placed(Placed&& other) noexcept : object_{other.object_} { other.object_ = nullptr; }
  constexpr Placed& operator=(Placed other) noexcept {
    Object* const old = object_;
    object_ = other.object_;
    other.object_ = old;
    return *this;
  }
  constexpr ~Placed() { delete object_; }

  constexpr Object& operator*() { return *made(); }
  constexpr Object* operator->() { return made(); }
  // GCC 12 accepts no mutable member in constant expressions. An owner that is itself constant has no use for the object.
  constexpr const Object* operator->() const { return const_cast<Placed*>(this)->made(); }

 private:
  constexpr Object* made() {
    if (object_ == nullptr) object_ = new Object{};
    return object_;
  }

  Object* object_ = nullptr;
};

}  // namespace detail
}  // namespace cortexpr

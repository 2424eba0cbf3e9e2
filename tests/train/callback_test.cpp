#include <doctest/doctest.h>

#include <cortexpr/train/callback.hpp>
#include <memory>

using cortexpr::Callback;

TEST_CASE("callback: calls its callable, keeps the callable's state, and copies it") {
  int sum = 0;
  Callback<int> callback{[&sum, calls = 0](const int& report) mutable { sum += report * ++calls; }};
  callback(5);
  CHECK(sum == 5);
  Callback<int> copy = callback;
  callback(1);
  CHECK(sum == 5 + 2);
  copy(10);
  CHECK(sum == 5 + 2 + 20);
}

TEST_CASE("callback: an empty one does nothing") {
  Callback<int> empty;
  CHECK_FALSE(static_cast<bool>(empty));
  empty(5);
  Callback<int> copy = empty;
  copy(5);
}

TEST_CASE("callback: destroys its callable once") {
  const auto counted = std::make_shared<int>(0);
  {
    Callback<int> one{[counted](const int&) {}};
    Callback<int> two = one;
    CHECK(counted.use_count() == 3);
    two = Callback<int>{};
    CHECK(counted.use_count() == 2);
    one = *&one;
    CHECK(counted.use_count() == 2);
  }
  CHECK(counted.use_count() == 1);
}

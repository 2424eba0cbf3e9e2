#pragma once

#include <string>
#include <utility>

namespace cortexpr {

/// The result of a function that does not throw: nothing, or the sentence of a DataError.
///
///     if (const cx::Status status = cx::try_load(network, path); !status.ok()) std::puts(status.message().c_str());
class [[nodiscard]] Status {
 public:
  Status() = default;
  explicit Status(std::string message) noexcept : message_{std::move(message)} {}

  [[nodiscard]] bool ok() const noexcept { return message_.empty(); }
  /// The sentence, empty if all went well.
  [[nodiscard]] const std::string& message() const noexcept { return message_; }

 private:
  std::string message_;
};

}  // namespace cortexpr

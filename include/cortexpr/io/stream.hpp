#pragma once

#include <cortexpr/core/text.hpp>

#include <concepts>
#include <cstddef>

namespace cortexpr {

/// A std::ostream, or anything else with write(text, size).
template <class Candidate>
concept TextStream = requires(Candidate& stream, const char* text, std::ptrdiff_t size) { stream.write(text, size); };

namespace detail {

/// Writes texts and integers to a stream.
template <TextStream Stream>
class StreamWriter {
 public:
  explicit StreamWriter(Stream& stream) : stream_{&stream} {}

  void operator()(char character) { stream_->write(&character, 1); }

  template <class... Pieces>
  void put(const Pieces&... pieces) {
    (piece(pieces), ...);
  }

 private:
  void piece(const char* text) { write_text(*this, text); }
  void piece(std::integral auto number) {
    if (number < 0) (*this)('-');
    write_number(*this, static_cast<std::size_t>(number < 0 ? -number : number), '\0');
  }

  Stream* stream_;
};

/// Passes characters to another sink. Where `escape` returns a text, not nullptr, it passes that instead.
template <class Sink, class Escape>
struct EscapingSink {
  Sink& sink;
  Escape escape;
  void operator()(char character) const {
    if (const char* const instead = escape(character); instead != nullptr)
      write_text(sink, instead);
    else
      sink(character);
  }
};

}  // namespace detail
}  // namespace cortexpr

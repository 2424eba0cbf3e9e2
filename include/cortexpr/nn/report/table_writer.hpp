#pragma once

#include <cortexpr/core/text.hpp>

#include <cstddef>

namespace cortexpr::detail {

/// Writes lines of columns. Without a buffer it only counts characters. It is a sink of core/text.hpp.
class TableWriter {
 public:
  explicit constexpr TableWriter(char* text) : text_{text} {}

  constexpr void operator()(char character) {
    if (text_ != nullptr) text_[size_] = character;
    ++size_;
  }
  /// Writes blanks up to a column of the line, at least one.
  constexpr void go_to(std::size_t column) {
    do (*this)(' ');
    while (size_ < line_ + column);
  }
  constexpr void words(const char* text) { write_text(*this, text); }
  constexpr void number(std::size_t value) { write_number(*this, value); }
  /// Writes words that begin in a column.
  constexpr void words_at(std::size_t column, const char* text) {
    go_to(column);
    words(text);
  }
  /// Writes words, or a number, that end before a column.
  constexpr void words_before(std::size_t column, const char* text) {
    CharacterCounter counter;
    write_text(counter, text);
    go_to_before(column, counter.count);
    words(text);
  }
  constexpr void number_before(std::size_t column, std::size_t value) {
    CharacterCounter counter;
    write_number(counter, value);
    go_to_before(column, counter.count);
    number(value);
  }
  constexpr void end_line() {
    (*this)('\n');
    line_ = size_;
  }
  [[nodiscard]] constexpr std::size_t size() const { return size_; }

 private:
  constexpr void go_to_before(std::size_t column, std::size_t width) { go_to(column > width ? column - width : 0); }

  char* text_;
  std::size_t size_ = 0;
  std::size_t line_ = 0;
};

}  // namespace cortexpr::detail

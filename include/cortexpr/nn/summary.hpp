#pragma once

#include <cortexpr/core/type_list.hpp>
#include <cortexpr/nn/memory.hpp>
#include <cstddef>

namespace cortexpr {

namespace detail {

/// Lines of columns, for the compiler and for targets without printf. Without a buffer it only counts.
class TableWriter {
 public:
  explicit constexpr TableWriter(char* text) : text_{text} {}

  /// Blanks up to this column of the line, at least one.
  constexpr void go_to(std::size_t column) {
    do put(' ');
    while (size_ < line_ + column);
  }
  constexpr void words(const char* text) {
    while (*text != '\0') put(*text++);
  }
  /// A number with commas, its last digit before this column.
  constexpr void number_before(std::size_t column, std::size_t value) {
    const std::size_t digits = width(value);
    go_to(column > digits ? column - digits : 0);
    number(value);
  }
  constexpr void number(std::size_t value) {
    if (value >= 1000) {
      number(value / 1000);
      put(',');
      value = value % 1000;
      put(digit(value / 100));
      put(digit(value / 10));
    } else {
      if (value >= 100) put(digit(value / 100));
      if (value >= 10) put(digit(value / 10));
    }
    put(digit(value));
  }
  constexpr void end_line() {
    put('\n');
    line_ = size_;
  }
  [[nodiscard]] constexpr std::size_t size() const { return size_; }

 private:
  static constexpr char digit(std::size_t value) { return static_cast<char>('0' + value % 10); }
  static constexpr std::size_t width(std::size_t value) {
    TableWriter counter{nullptr};
    counter.number(value);
    return counter.size();
  }
  constexpr void put(char character) {
    if (text_ != nullptr) text_[size_] = character;
    ++size_;
  }

  char* text_;
  std::size_t size_ = 0;
  std::size_t line_ = 0;
};

}  // namespace detail

/// What a network is made of, as a table: each layer's index, name, output shape, parameters, multiply-adds and bytes
/// (padding included), then totals. Made by the compiler where it is wanted as a constant; it needs no heap and no
/// stream, but can be written to any stream.
template <class Net>
class Summary {
 public:
  constexpr Summary() {
    detail::TableWriter writer{text_};
    write(writer);
  }

  /// The table, zero-terminated; every line ends with a line feed.
  [[nodiscard]] constexpr const char* c_str() const { return text_; }
  [[nodiscard]] static constexpr std::size_t size() { return length; }

  template <class Stream>
  requires requires(Stream& stream, const char* text, std::size_t size) { stream.write(text, size); }
  friend Stream& operator<<(Stream& stream, const Summary& summary) {
    stream.write(summary.text_, static_cast<std::ptrdiff_t>(length));
    return stream;
  }

 private:
  static constexpr std::size_t layer_column = 5, output_column = 19;
  static constexpr std::size_t parameters_end = 49, macs_end = 64, bytes_end = 79;

  static constexpr void cell(detail::TableWriter& writer, std::size_t column, const char* text) {
    writer.go_to(column);
    writer.words(text);
  }
  template <std::size_t... Extents>
  static constexpr void shape(detail::TableWriter& writer, Shape<Extents...>) {
    writer.go_to(output_column);
    const char* separator = "";
    ((writer.words(separator), writer.number(Extents), separator = " x "), ...);
  }
  static constexpr void numbers(detail::TableWriter& writer, std::size_t parameters, std::size_t macs,
                                std::size_t bytes) {
    writer.number_before(parameters_end, parameters);
    writer.number_before(macs_end, macs);
    writer.number_before(bytes_end, bytes);
    writer.end_line();
  }
  static constexpr void heading(detail::TableWriter& writer) {
    cell(writer, 2, "#");
    cell(writer, layer_column, "layer");
    cell(writer, output_column, "output");
    cell(writer, parameters_end - 10, "parameters");
    cell(writer, macs_end - 4, "MACs");
    cell(writer, bytes_end - 5, "bytes");
    writer.end_line();
    cell(writer, layer_column, "Input");
    shape(writer, typename Net::input_shape{});
    writer.end_line();
  }
  template <class Place>
  static constexpr void line(detail::TableWriter& writer) {
    writer.number_before(3, Place::index);
    cell(writer, layer_column, Place::layer::name);
    shape(writer, typename Place::output_shape{});
    numbers(writer, Place::parameter_count, Place::layer::template macs<typename Place::input_shape>,
            (Place::parameter_end - Place::parameter_begin) * sizeof(typename Net::value_type));
  }
  static constexpr void totals(detail::TableWriter& writer) {
    cell(writer, layer_column, "total");
    numbers(writer, Net::parameter_count, Net::macs, memory<Net>::parameter_bytes);
    cell(writer, layer_column, "activations of one sample");
    writer.number_before(bytes_end, memory<Net>::activation_bytes);
    writer.end_line();
  }

  static constexpr void write(detail::TableWriter& writer) {
    heading(writer);
    for_each_index<Net::layer_count>([&]<std::size_t I>() { line<At<typename Net::places, I>>(writer); });
    totals(writer);
  }

  static constexpr std::size_t length = [] {
    detail::TableWriter counter{nullptr};
    write(counter);
    return counter.size();
  }();
  char text_[length + 1]{};
};

/// The table of a network: std::cout << cx::summary<Net>();   or   std::printf("%s", cx::summary<Net>().c_str());
template <class Net>
[[nodiscard]] constexpr Summary<Net> summary() {
  return {};
}

}  // namespace cortexpr

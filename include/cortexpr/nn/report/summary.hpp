#pragma once

#include <cortexpr/core/shape.hpp>
#include <cortexpr/nn/memory/report.hpp>
#include <cortexpr/nn/report/layer_table.hpp>
#include <cortexpr/nn/report/table_writer.hpp>

#include <cstddef>

namespace cortexpr {

/// A table of a network's layers: index, name, output shape and cost (report/cost.hpp) of each layer, then totals. The
/// inner layers of a layer follow it, with the path that the names of their parameters begin with. The total RAM is
/// that of the memory plan. A Summary can be a constant; it needs neither heap memory nor a stream, and can be written
/// to any stream.
template <class Net>
class Summary {
 public:
  constexpr Summary() noexcept {
    detail::TableWriter writer{text_};
    write(writer);
  }

  /// The table as a zero-terminated string; every line ends with a line feed.
  [[nodiscard]] constexpr const char* c_str() const noexcept { return text_; }
  [[nodiscard]] static constexpr std::size_t size() noexcept { return length; }

  template <class Stream>
    requires requires(Stream& stream, const char* text, std::size_t size) { stream.write(text, size); }
  friend Stream& operator<<(Stream& stream, const Summary& summary) {
    stream.write(summary.text_, static_cast<std::ptrdiff_t>(length));
    return stream;
  }

 private:
  using Memory = memory<Net>;
  static constexpr std::size_t layer_column = 5, output_column = 29;
  static constexpr std::size_t parameters_end = 57, macs_end = 71, moved_end = 84, flash_end = 97, ram_end = 110;

  static constexpr void numbers(detail::TableWriter& writer, const LayerCost& cost) {
    writer.number_before(parameters_end, cost.parameters);
    writer.number_before(macs_end, cost.macs);
    writer.number_before(moved_end, cost.bytes_moved);
    writer.number_before(flash_end, cost.flash_bytes);
    writer.number_before(ram_end, cost.ram_bytes);
    writer.end_line();
  }
  static constexpr void heading(detail::TableWriter& writer) {
    writer.words_before(3, "#");
    writer.words_at(layer_column, "layer");
    writer.words_at(output_column, "output");
    writer.words_before(parameters_end, "parameters");
    writer.words_before(macs_end, "MACs");
    writer.words_before(moved_end, "bytes moved");
    writer.words_before(flash_end, "flash bytes");
    writer.words_before(ram_end, "RAM bytes");
    writer.end_line();
    writer.words_at(layer_column, "Input");
    writer.go_to(output_column);
    using Input = typename Net::input_shape;
    detail::write_extents(writer, detail::Extents<Input>::values, Input::rank);
    writer.end_line();
  }
  static constexpr void line(detail::TableWriter& writer, detail::LayerTable layers, std::size_t layer) {
    const detail::LayerRow& here = layers[layer];
    if (here.depth == 0) {
      writer.number_before(3, here.index);
      writer.words_at(layer_column, here.name);
    } else {
      writer.go_to(layer_column + 2 * (here.depth - 1));
      detail::write_path(writer, layers, layer);
      writer(' ');
      writer.words(here.name);
    }
    writer.go_to(output_column);
    detail::write_extents(writer, here.extents, here.rank);
    numbers(writer, here.cost);
  }

  static constexpr LayerCost total = [] {
    LayerCost sum{.macs = Net::macs, .flash_bytes = Memory::parameter_bytes, .ram_bytes = Memory::activation_bytes};
    for (const detail::LayerRow& layer : detail::layer_table<Net>) {
      if (layer.depth > 0) continue;
      sum.parameters += layer.cost.parameters;
      sum.statistics += layer.cost.statistics;
      sum.bytes_moved += layer.cost.bytes_moved;
    }
    return sum;
  }();
  static constexpr void amount(detail::TableWriter& writer, const char* before, std::size_t value) {
    writer.words(before);
    writer.number(value);
  }
  static constexpr void totals(detail::TableWriter& writer) {
    writer.words_at(layer_column, "total");
    numbers(writer, total);
    if (total.statistics > 0) {
      writer.words_at(layer_column, "statistics, not trained");
      writer.number_before(parameters_end, total.statistics);
      writer.end_line();
    }
    writer.go_to(layer_column);
    amount(writer, "memory: parameters ", Memory::parameter_bytes);
    amount(writer, " + activations ", Memory::activation_bytes);
    amount(writer, " (scratch of a layer at most ", Memory::scratch_bytes);
    amount(writer, ") = ", Memory::peak_bytes);
    writer.words(" bytes");
    writer.end_line();
    if (Memory::state_bytes > 0) {
      writer.go_to(layer_column);
      amount(writer, "on a stream: state ", Memory::state_bytes);
      writer.words(" bytes");
      writer.end_line();
    }
  }

  static constexpr void write(detail::TableWriter& writer) {
    const detail::LayerTable layers{detail::layer_table<Net>};
    heading(writer);
    for (std::size_t layer = 0; layer < layers.size(); ++layer) line(writer, layers, layer);
    totals(writer);
  }

  static constexpr std::size_t length = [] {
    detail::TableWriter counter{nullptr};
    write(counter);
    return counter.size();
  }();
  char text_[length + 1]{};
};

/// Returns the table of a network: std::cout << cx::summary<Net>(); or std::printf("%s", cx::summary<Net>().c_str());
template <class Net>
[[nodiscard]] constexpr Summary<Net> summary() noexcept {
  return {};
}

}  // namespace cortexpr

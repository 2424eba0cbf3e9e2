// Classifies the images in images.bin (see train_models.cpp) and prints the results as lines of key=value, for
// measure.py. The same program runs on a board and on the computer, whose outputs are the reference for those of the
// board.

#include <cortexpr/config.hpp>
#include <cstddef>
#include <cstdint>

#include "classifier.hpp"
#include "measure.h"
#include "semihosting.h"

namespace {

struct LabelledImage {
  std::uint8_t label;
  std::uint8_t pixels[classifier::pixel_count];
};
static_assert(sizeof(LabelledImage) == 1 + classifier::pixel_count);

LabelledImage image;
std::size_t chosen;  // class

bool read_image(int file) { return semihosting_read(file, &image, sizeof image) == 0; }
void classify_image() { chosen = classifier::classify(image.pixels); }
void convert_image() { classifier::convert(image.pixels); }

class Line {
 public:
  explicit Line(const char* key) {
    append(key);
    append("=");
  }
  ~Line() {
    append("\n");
    semihosting_write(text_);
  }
  Line(const Line&) = delete;
  Line& operator=(const Line&) = delete;

  Line& decimal(std::uint32_t number) {
    char reversed[10];
    std::size_t length = 0;
    do reversed[length++] = static_cast<char>('0' + number % 10);
    while ((number /= 10) > 0);
    while (length > 0) append(reversed[--length]);
    return *this;
  }
  Line& hexadecimal(std::uint32_t bits) {
    for (int shift = 28; shift >= 0; shift -= 4) append("0123456789abcdef"[bits >> shift & 15]);
    append(' ');
    return *this;
  }

 private:
  void append(char character) {
    if (length_ + 1 < sizeof text_) text_[length_++] = character;
  }
  void append(const char* text) {
    while (*text != '\0') append(*text++);
  }

  char text_[128]{};
  std::size_t length_ = 0;
};

void number(const char* key, std::size_t value) { Line{key}.decimal(static_cast<std::uint32_t>(value)); }

/// One step of the FNV-1a hash of all outputs.
std::uint32_t add_to_hash(std::uint32_t hash, std::uint32_t bits) {
  for (int byte = 0; byte < 4; ++byte) hash = (hash ^ (bits >> 8 * byte & 0xFF)) * 16777619u;
  return hash;
}

void report_costs() {
  number("parameter_bytes", classifier::memory.parameters);
  number("activation_bytes", classifier::memory.activations);
  number("input_bytes", classifier::memory.input);
  number("ticks", ticks_of(classify_image));
  number("ticks_of_input", ticks_of(convert_image));
  number("ticks_of_known", ticks_of_known());
  number("ticks_of_nothing", ticks_of_nothing());
  number("stack_bytes", stack_of(classify_image));
}

}  // namespace

int main() {
  const int file = semihosting_open("images.bin");
  if (file < 0 || !read_image(file)) {
    semihosting_write("error=images.bin cannot be read; start the program in the folder where it lies\n");
    return 1;
  }
  std::uint32_t images = 0, right = 0, hash = 2166136261u;
  do {
    std::uint32_t bits[classifier::class_count];
    if (classifier::scores(image.pixels, bits) == image.label) ++right;
    if (images++ == 0) {
      classify_image();
      number("class", chosen);
      Line line{"scores"};
      for (const std::uint32_t score : bits) line.hexadecimal(score);
      report_costs();
    }
    for (const std::uint32_t score : bits) hash = add_to_hash(hash, score);
  } while (read_image(file));
  number("fused", CORTEXPR_HAS_FMA);
  number("images", images);
  number("right", right);
  Line{"outputs"}.hexadecimal(hash);
  return 0;  // freestanding: main has no implicit return
}

#include <doctest/doctest.h>

#include <cortexpr/data/dataset.hpp>
#include <cortexpr/train/fit.hpp>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <mutex>
#include <stdexcept>
#include <vector>

#include "../laws/fixtures.hpp"
#include "fixtures.hpp"

// Data sets that are not in memory: fit and evaluate ask for one sample at a time.

using namespace cortexpr;
using namespace test;
using laws::same_bits;

namespace {

/// 2^40 points, which would take 9 TB. Each is computed when it is asked for.
struct Computed {
  std::size_t count = std::size_t{1} << 40;
  std::size_t size() const { return count; }
  std::size_t sample_size() const { return 2; }
  void gather(std::size_t sample, std::uint64_t, float* out) const {
    const Random random{Seed{3}};
    out[0] = 4 * random.uniform<float>(2 * sample) - 2;
    out[1] = 4 * random.uniform<float>(2 * sample + 1) - 2;
  }
  std::uint32_t label(std::size_t sample) const {
    float point[2];
    gather(sample, 0, point);
    return point[0] * point[0] + point[1] * point[1] < 2;
  }
};

/// Points in a file, of which one at a time is read.
class InFile {
 public:
  explicit InFile(const Circle& points) : labels_{points.labels} {
    std::ofstream file{path_, std::ios::binary};
    file.write(reinterpret_cast<const char*>(points.points.data()),
               static_cast<std::streamsize>(points.points.size() * sizeof(float)));
    file.close();
    file_.open(path_, std::ios::binary);
  }
  ~InFile() { std::filesystem::remove(path_); }
  InFile(const InFile&) = delete;

  std::size_t size() const { return labels_.size(); }
  std::size_t sample_size() const { return 2; }
  std::uint32_t label(std::size_t sample) const { return labels_[sample]; }
  void gather(std::size_t sample, std::uint64_t, float* out) const {
    const std::lock_guard lock{mutex_};
    file_.seekg(static_cast<std::streamoff>(sample * 2 * sizeof(float)));
    if (!file_.read(reinterpret_cast<char*>(out), 2 * sizeof(float))) throw std::runtime_error{"the file is too short"};
  }

 private:
  std::filesystem::path path_ = std::filesystem::temp_directory_path() / "cortexpr_points.bin";
  std::vector<std::uint32_t> labels_;
  mutable std::ifstream file_;
  mutable std::mutex mutex_;
};

}  // namespace

TEST_CASE("fit: a part of data that would fill no memory") {
  const Computed all;
  const Subset<Computed> part{all, std::size_t{1} << 39, 400};
  const Subset<Computed> other{all, 7, 200};
  Fresh run;
  const History history = run.trainer.fit(part, other, {.epochs = 40});
  CHECK(history.message.empty());
  CHECK(history.back().accuracy > 0.85);
}

TEST_CASE("fit: samples that are read from a file one at a time give the bits of those in memory") {
  const InFile file{training};
  Fresh from_file, from_memory;
  const History history = from_file.trainer.fit(file, held_out, {.epochs = 2});
  CHECK(history.message.empty());
  const History same = from_memory.trainer.fit(training, held_out, {.epochs = 2});
  CHECK(history.back().loss == same.back().loss);
  CHECK(same_bits(from_file.network.block(), from_memory.network.block()));
}

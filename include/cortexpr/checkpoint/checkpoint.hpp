#pragma once

#include <cortexpr/checkpoint/fields.hpp>
#include <cortexpr/checkpoint/snapshot.hpp>
#include <cortexpr/checkpoint/tensors.hpp>
#include <cortexpr/core/error.hpp>
#include <cortexpr/core/output_file.hpp>
#include <cortexpr/core/stopwatch.hpp>
#include <cortexpr/io/read_file.hpp>
#include <cortexpr/io/type_name.hpp>

#include <unistd.h>

#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

// Checkpoints: safetensors files that hold all that training needs to go on with the same bits.

namespace cortexpr {

namespace detail {

/// FNV-1a of 64 bits. Source: isthe.com/chongo/tech/comp/fnv
constexpr std::uint64_t fnv1a(std::string_view bytes) {
  std::uint64_t hash = 0xcbf29ce484222325;
  for (const char byte : bytes) hash = (hash ^ static_cast<unsigned char>(byte)) * 0x100000001b3;
  return hash;
}
inline std::string hexadecimal(std::uint64_t value) {
  char digits[17];
  std::snprintf(digits, sizeof digits, "%016llx", static_cast<unsigned long long>(value));
  return digits;
}

inline constexpr std::string_view no_checksum = "0000000000000000", checksum_key = "\"checksum\":\"";

/// The metadata by which a checkpoint is known to be one of the same training.
template <class TrainerType>
Metadata training_of(TrainerType& trainer) {
  using Net = std::remove_cvref_t<decltype(trainer.network())>;
  return {{"cortexpr checkpoint", "1"},
          {"network", type_name<Net>()},
          {"loss", type_name<std::remove_cvref_t<decltype(trainer.loss())>>()},
          {"optimizer", type_name<std::remove_cvref_t<decltype(trainer.optimizer())>>()},
          {"batch", number_text(TrainerType::batch).string() + ", in parts of " +
                        number_text(TrainerType::micro_batch).string()}};
}

template <class TrainerType>
std::string checkpoint_of(TrainerType& trainer) {
  auto snapshot = CheckpointAccess::take(trainer);
  SnapshotWriter writer;
  visit_snapshot(writer, snapshot);
  writer.file.metadata = training_of(trainer);
  writer.file.metadata.emplace("checksum", no_checksum);
  std::string bytes = writer.file.bytes();
  const std::size_t position = bytes.find(checksum_key) + checksum_key.size();
  bytes.replace(position, no_checksum.size(), hexadecimal(fnv1a(bytes)));
  return bytes;
}

/// What reading a checkpoint found. A file of other training is no reason to look for an older one.
struct CheckpointError {
  std::string text;
  bool is_other_training = false;
};

inline CheckpointError check_checkpoint(std::string& bytes, SafetensorsHeader& header, std::size_t& data_begin) {
  header = parse_safetensors(bytes, data_begin);
  if (!header.error.empty()) return {header.error.string()};
  const ConstexprString* const stated = header.find_metadata("checksum");
  const std::size_t key = bytes.find(checksum_key);
  if (stated == nullptr || header.find_metadata("cortexpr checkpoint") == nullptr || key >= data_begin)
    return {"expected a checkpoint, found another safetensors file; read it with cx::load"};
  bytes.replace(key + checksum_key.size(), no_checksum.size(), no_checksum);
  if (const std::string found = hexadecimal(fnv1a(bytes)); stated->view() != found)
    return {"expected the checksum " + stated->string() + ", found " + found + "; the file is damaged"};
  return {};
}

/// Sets the trainer to what the bytes of a checkpoint say. After an error it is as before.
template <class TrainerType>
CheckpointError resume_from(TrainerType& trainer, std::string& bytes) {
  SafetensorsHeader header;
  std::size_t data_begin = 0;
  if (CheckpointError error = check_checkpoint(bytes, header, data_begin); !error.text.empty()) return error;
  std::vector<std::string> differences;
  for (const auto& [key, expected] : training_of(trainer)) {
    const ConstexprString* const found = header.find_metadata(key);
    if (found == nullptr || found->view() != expected)
      differences.push_back(key + ": expected " + expected + ", found " +
                            (found == nullptr ? "none" : found->string()));
  }
  auto snapshot = CheckpointAccess::empty_like(trainer);
  SnapshotReader reader{header, bytes.data() + data_begin};
  if (differences.empty()) visit_snapshot(reader, snapshot);
  for (std::string& difference : reader.differences) differences.push_back(std::move(difference));
  if (!differences.empty()) {
    CheckpointError error{
        "expected a checkpoint of this training, found one that differs; name its file, or remove it:", true};
    for (const std::string& difference : differences) (error.text += "\n  ") += difference;
    return error;
  }
  CheckpointAccess::put(std::move(snapshot), trainer);
  return {};
}

/// Writes beside the file, keeps the old one as path.previous, and renames. Symbolic links are followed.
template <class TrainerType>
void write_checkpoint(TrainerType& trainer, const std::string& given) {
  const std::string path = follow_links(given).path, next = path + ".next", previous = path + ".previous";
  write_file(next, checkpoint_of(trainer));
  const bool is_kept = std::rename(path.c_str(), previous.c_str()) == 0 || errno == ENOENT;
  if (!is_kept || std::rename(next.c_str(), path.c_str()) != 0)
    data_error("%s: cannot be written; check the folder (%s)", path.c_str(), std::strerror(errno));
}

}  // namespace detail

/// The result of Trainer::resume: whether there was a checkpoint.
class Resumed {
 public:
  Resumed(bool found, std::string message = {}) : found_{found}, message_{std::move(message)} {}
  [[nodiscard]] operator bool() const noexcept { return found_; }
  /// If the file was damaged and the one before was taken, a sentence that says so; else empty.
  [[nodiscard]] const std::string& message() const noexcept { return message_; }

 private:
  bool found_;
  std::string message_;
};

/// Keeps a checkpoint in a file while fit trains. The one before is kept beside it as path.previous.
///
///     trainer.resume("run.ckpt");
///     trainer.on_epoch(cx::Checkpoint{"run.ckpt"});
///
/// The trainer must stay where it is.
/// Errors: DataError, from fit: a file that cannot be written (the files are as they were)
struct Checkpoint {
  std::string path;
  /// The least time between two checkpoints; 0 writes one after each evaluation and each epoch.
  double every_seconds = 0;

  template <class TrainerType>
  [[nodiscard]] auto attach(TrainerType& trainer) const {
    return [&trainer, options = *this, since_last = Stopwatch{}, has_written = false](const auto&) mutable {
      if (has_written && since_last.seconds() < options.every_seconds) return;
      trainer.save(options.path);
      since_last = Stopwatch{};
      has_written = true;
    };
  }
};

/// Writes a checkpoint: parameters, statistics, the state of the optimizer and of the schedule, and, within fit and after
/// a requested stop, where the call is, its history and its best network.
/// Errors: DataError: a file that cannot be written (the files are as they were)
template <class Net, class Loss, class Optimizer, std::size_t Batch, std::size_t MicroBatch, class Placement>
template <class Path>
void Trainer<Net, Loss, Optimizer, Batch, MicroBatch, Placement>::save(const Path& path) {
  detail::write_checkpoint(*this, path);
}

/// Reads a checkpoint: `path`, or path.previous if that is missing or damaged, or path.next, which a program that was
/// killed while it wrote may have left. Returns false if there is none. The next fit finishes the call that was
/// interrupted, with the same bits as without the interruption, if it is given the same options and data; if the call had
/// ended, it trains for further epochs.
/// Errors: DataError: files that are all damaged; a checkpoint of another network, optimizer, loss or batch, with all
///         differences in one message (the trainer is as before)
template <class Net, class Loss, class Optimizer, std::size_t Batch, std::size_t MicroBatch, class Placement>
template <class Path>
auto Trainer<Net, Loss, Optimizer, Batch, MicroBatch, Placement>::resume(const Path& path) {
  std::string message;
  const std::string target = detail::follow_links(path).path;
  // A program that was killed between two renames has left the new file as path.next.
  for (const std::string& file : {target, target + ".previous", target + ".next"}) {
    if (::access(file.c_str(), F_OK) != 0) continue;
    std::string bytes;
    detail::CheckpointError error{detail::read_file(file.c_str(), bytes)};
    if (error.text.empty()) error = detail::resume_from(*this, bytes);
    if (error.text.empty()) {
      if (!message.empty()) message += "; " + file + " was taken";
      return Resumed{true, message};
    }
    if (!message.empty()) message += "; ";
    message += file + ": " + error.text;
    if (error.is_other_training) break;
  }
  if (!message.empty()) detail::raise(message);
  return Resumed{false};
}

}  // namespace cortexpr

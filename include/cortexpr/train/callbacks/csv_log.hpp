#pragma once

#include <cerrno>
#include <cortexpr/train/history.hpp>
#include <cstdio>
#include <cstring>
#include <memory>
#include <stdexcept>
#include <string>

namespace cortexpr {

/// Writes what training reports to a file, a line a report, each on disk before training goes on:
///
///     trainer.on_epoch(cx::CsvLog{"run.csv"});
///
/// Columns: epoch,samples,seconds,learning_rate,training_loss,test_loss,test_accuracy; the last two are empty where
///          nothing was evaluated, the last one also for data without labels. An old file of this name is replaced.
/// Errors:  std::runtime_error when the file cannot be made. When it can no longer be written, that is said once on
///          stderr and training goes on.
class CsvLog {
 public:
  explicit CsvLog(const std::string& path) : file_{std::fopen(path.c_str(), "w"), Close{}}, path_{path} {
    if (file_ == nullptr)
      throw std::runtime_error("CsvLog: cannot write " + path + " (" + std::strerror(errno) +
                               "); name a file in a folder that exists and may be written to");
    std::fputs("epoch,samples,seconds,learning_rate,training_loss,test_loss,test_accuracy\n", file_.get());
    flush();
  }

  void operator()(const EpochReport& report) {
    if (file_ == nullptr) return;
    std::fprintf(file_.get(), "%zu,%zu,%.6f,%.9g,%.9g,", report.epoch, report.samples, report.seconds,
                 static_cast<double>(report.learning_rate), report.training_loss);
    if (report.evaluation != nullptr) std::fprintf(file_.get(), "%.9g", report.evaluation->loss);
    std::fputc(',', file_.get());
    if (report.evaluation != nullptr && report.evaluation->confusion.classes() > 0)
      std::fprintf(file_.get(), "%.9g", report.evaluation->accuracy);
    std::fputc('\n', file_.get());
    flush();
  }

 private:
  struct Close {
    void operator()(std::FILE* file) const {
      if (file != nullptr) std::fclose(file);
    }
  };

  void flush() {
    if (std::fflush(file_.get()) == 0 && std::ferror(file_.get()) == 0) return;
    std::fprintf(stderr, "CsvLog: cannot write %s any longer (%s); free space there; training goes on without it\n",
                 path_.c_str(), std::strerror(errno));
    file_ = nullptr;
  }

  std::shared_ptr<std::FILE> file_;  // shared, because a trainer keeps a copy
  std::string path_;
};

}  // namespace cortexpr

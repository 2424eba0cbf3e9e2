#pragma once

#include <cerrno>
#include <cmath>
#include <cortexpr/core/error.hpp>
#include <cortexpr/train/history.hpp>
#include <cstdio>
#include <cstring>
#include <memory>
#include <string>

namespace cortexpr {

/// A callback that writes each report as a line of a CSV file and flushes it, so that the file can be read while
/// training runs:
///
///     trainer.on_epoch(cx::CsvLog{"run.csv"});
///
/// Columns: epoch,samples,seconds,learning_rate,training_loss,test_loss,test_accuracy; the last two are empty where
///          nothing was evaluated, the last one also where accuracy has no meaning. Replaces a file of this name.
/// Errors:  DataError if the file cannot be opened. If a later write fails, the callback says so once on stderr and
///          writes no more; training continues.
class CsvLog {
 public:
  explicit CsvLog(const std::string& path) : file_{std::fopen(path.c_str(), "w"), Close{}}, path_{path} {
    if (file_ == nullptr)
      detail::data_error("CsvLog: cannot write %s (%s); name a file in a folder that exists and may be written to",
                         path.c_str(), std::strerror(errno));
    std::fputs("epoch,samples,seconds,learning_rate,training_loss,test_loss,test_accuracy\n", file_.get());
    flush();
  }

  void operator()(const EpochReport& report) {
    if (file_ == nullptr) return;
    std::fprintf(file_.get(), "%zu,%zu,%.6f,%.9g,%.9g,", report.epoch, report.samples, report.seconds,
                 static_cast<double>(report.learning_rate), report.training_loss);
    if (report.evaluation != nullptr) std::fprintf(file_.get(), "%.9g", report.evaluation->loss);
    std::fputc(',', file_.get());
    if (report.evaluation != nullptr && !std::isnan(report.evaluation->accuracy))
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

  std::shared_ptr<std::FILE> file_;  // shared with the copy that a trainer holds
  std::string path_;
};

}  // namespace cortexpr

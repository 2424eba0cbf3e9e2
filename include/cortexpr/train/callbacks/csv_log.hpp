#pragma once

#include <charconv>
#include <cmath>
#include <cortexpr/core/error.hpp>
#include <cortexpr/core/output_file.hpp>
#include <cortexpr/train/history.hpp>
#include <cstddef>
#include <cstdio>
#include <memory>
#include <string>
#include <string_view>

namespace cortexpr {

/// A callback that writes each report as a line of a CSV file and flushes it, so that the file can be read while
/// training runs:
///
///     trainer.on_epoch(cx::CsvLog{"run.csv"});
///
/// Columns: epoch,samples,seconds,learning_rate,training_loss,test_loss,test_accuracy; the last two are empty where
///          nothing was evaluated, the last one also where accuracy has no meaning. Replaces a file of this name.
///          Numbers have a decimal point in every locale.
/// Errors:  DataError if the file cannot be opened. If a later write fails, the callback says so once on stderr and
///          writes no more; training continues.
class CsvLog {
 public:
  explicit CsvLog(const std::string& path) : file_{std::make_shared<detail::OutputFile>(path)}, path_{path} {
    if (!file_->ok())
      detail::data_error("CsvLog: cannot write %s (%s); name a file in a folder that exists and may be written to",
                         path.c_str(), file_->reason().c_str());
    append("epoch,samples,seconds,learning_rate,training_loss,test_loss,test_accuracy\n");
  }

  void operator()(const EpochReport& report) {
    if (file_ == nullptr) return;
    std::string line = std::to_string(report.epoch) + ',' + std::to_string(report.samples) + ',';
    append_number(line, report.seconds, std::chars_format::fixed, 6);
    append_number(line += ',', static_cast<double>(report.learning_rate));
    append_number(line += ',', report.training_loss);
    line += ',';
    if (report.evaluation != nullptr) append_number(line, report.evaluation->loss);
    line += ',';
    if (report.evaluation != nullptr && !std::isnan(report.evaluation->accuracy))
      append_number(line, report.evaluation->accuracy);
    append(line += '\n');
  }

 private:
  static void append_number(std::string& line, double number, std::chars_format format = std::chars_format::general,
                            int precision = 9) {
    char text[400];  // the largest double has 309 digits before the point
    line.append(text, std::to_chars(text, text + sizeof text, number, format, precision).ptr);
  }

  void append(std::string_view text) {
    file_->write(text.data(), static_cast<std::ptrdiff_t>(text.size()));
    if (file_->commit()) return;
    std::fprintf(stderr, "CsvLog: cannot write %s any longer (%s); free space there; training goes on without it\n",
                 path_.c_str(), file_->reason().c_str());
    file_ = nullptr;
  }

  std::shared_ptr<detail::OutputFile> file_;  // shared with the copy that a trainer holds
  std::string path_;
};

}  // namespace cortexpr

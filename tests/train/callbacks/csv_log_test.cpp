#include <doctest/doctest.h>

#include <cortexpr/cortexpr.hpp>
#include <cortexpr/train/callbacks/csv_log.hpp>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

namespace cx = cortexpr;

namespace {

/// A path for this test alone; the file is removed at the end.
struct TemporaryFile {
  std::filesystem::path path = std::filesystem::temp_directory_path() / ("cortexpr_csv_" + std::to_string(++count));
  TemporaryFile() { std::filesystem::remove(path); }
  ~TemporaryFile() { std::filesystem::remove(path); }
  std::vector<std::string> lines() const {
    std::ifstream file{path};
    std::vector<std::string> result;
    for (std::string line; std::getline(file, line);) result.push_back(line);
    return result;
  }
  static inline int count = 0;
};

constexpr const char* heading = "epoch,samples,seconds,learning_rate,training_loss,test_loss,test_accuracy";

cx::EpochReport report(std::size_t epoch, const cx::Evaluation* evaluation) {
  return {.epoch = epoch,
          .epochs = 4,
          .samples = epoch * 60,
          .total_samples = 240,
          .training_loss = 0.5,
          .seconds = 1.25,
          .learning_rate = 0.125f,
          .evaluation = evaluation};
}

cx::Evaluation evaluation(std::size_t classes) {
  cx::Evaluation result;
  result.loss = 0.25;
  if (classes > 0) result.accuracy = 0.9375;
  result.confusion = cx::ConfusionMatrix{classes};
  return result;
}

}  // namespace

TEST_CASE("CsvLog writes a header, then one line per report") {
  const TemporaryFile file;
  const cx::Evaluation labelled = evaluation(10);
  const cx::Evaluation regression = evaluation(0);
  cx::CsvLog log{file.path.string()};
  CHECK(file.lines() == std::vector<std::string>{heading});
  log(report(1, nullptr));
  log(report(2, &labelled));
  log(report(3, &regression));
  CHECK(file.lines() == std::vector<std::string>{heading, "1,60,1.250000,0.125,0.5,,",
                                                 "2,120,1.250000,0.125,0.5,0.25,0.9375",
                                                 "3,180,1.250000,0.125,0.5,0.25,"});
}

TEST_CASE("copies of a CsvLog write to the same file") {
  const TemporaryFile file;
  cx::CsvLog log{file.path.string()};
  {
    cx::CsvLog copy{log};
    copy(report(1, nullptr));
  }
  log(report(2, nullptr));
  CHECK(file.lines().size() == 3);
}

TEST_CASE("a trainer calls a CsvLog after each epoch") {
  const TemporaryFile file;
  using Line = cx::Network<cx::Input<1>, cx::Dense<1>>;
  Line network;
  cx::Trainer trainer{network, cx::MeanSquaredError{}, cx::Sgd{.learning_rate = 0.1f}, cx::batch_size<2>};
  trainer.on_epoch(cx::CsvLog{file.path.string()});
  const cx::RegressionSet data{{-1, 0, 1, 2}, 1, {-2, 0, 2, 4}, 1};
  const cx::History history = trainer.fit(data, data, {.epochs = 5, .evaluate_every = 2});
  REQUIRE(history.ok());
  const std::vector<std::string> lines = file.lines();
  REQUIRE(lines.size() == 6);
  CHECK(lines[1].rfind("1,4,", 0) == 0);
  CHECK(lines[1].substr(lines[1].size() - 2) == ",,");
  CHECK(lines[5].rfind("5,20,", 0) == 0);
  char last_loss[32];
  std::snprintf(last_loss, sizeof last_loss, ",%.9g,", history.back().loss);
  CHECK(lines[5].find(last_loss) != std::string::npos);
}

TEST_CASE("CsvLog throws DataError with the name of a file that it cannot open") {
  const TemporaryFile file;
  const std::string path = (file.path / "run.csv").string();
  try {
    cx::CsvLog log{path};
    FAIL("a file was made in a folder that does not exist");
  } catch (const cx::DataError& error) {
    CHECK(std::string{error.what()} == "CsvLog: cannot write " + path +
                                           " (No such file or directory); name a file in a folder that exists and may "
                                           "be written to");
  }
}

TEST_CASE("a CsvLog whose file can no longer be written does not throw") {
  if (!std::filesystem::exists("/dev/full")) return;  // only Linux has a disk that is always full
  cx::CsvLog log{"/dev/full"};
  CHECK_NOTHROW(log(report(1, nullptr)));
  CHECK_NOTHROW(log(report(2, nullptr)));
}

TEST_CASE("CsvLog follows a symbolic link, keeps the mode, and refuses a read-only file") {
  const TemporaryFile file, link;
  std::ofstream{file.path} << "old\n";
  std::filesystem::permissions(file.path, std::filesystem::perms::owner_all);
  std::filesystem::create_symlink(file.path, link.path);
  {
    cx::CsvLog log{link.path.string()};
    log(report(1, nullptr));
  }
  CHECK(std::filesystem::is_symlink(link.path));
  CHECK(file.lines().size() == 2);
  CHECK(std::filesystem::status(file.path).permissions() == std::filesystem::perms::owner_all);
  std::filesystem::permissions(file.path, std::filesystem::perms::owner_read);
  CHECK_THROWS_AS(cx::CsvLog{link.path.string()}, cx::DataError);
  CHECK(file.lines().size() == 2);
}

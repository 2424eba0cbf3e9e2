#pragma once

#include <unistd.h>

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>

#include "data_error.hpp"

namespace fuzz {

/// A folder that lives as long as the process.
class Folder {
 public:
  Folder() {
    std::string name = std::filesystem::temp_directory_path() / "fuzz-XXXXXX";
    if (::mkdtemp(name.data()) == nullptr) std::abort();
    path_ = name;
  }
  ~Folder() { std::filesystem::remove_all(path_); }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;

  const std::string& path() const { return path_; }
  void write(const std::string& name, std::string_view bytes) const {
    std::ofstream{path_ + "/" + name, std::ios::binary}.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  }

 private:
  std::string path_;
};

/// Runs action(path of the folder), in which a file of this name has these bytes. It may throw a DataError.
template <class Action>
int read_in_folder(const Folder& folder, const std::string& name, std::string_view bytes, const Action& action) {
  folder.write(name, bytes);
  return allow_data_error([&] { action(folder.path()); });
}

}  // namespace fuzz

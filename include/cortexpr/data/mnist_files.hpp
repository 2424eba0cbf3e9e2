#pragma once

#include <dirent.h>

#include <algorithm>
#include <array>
#include <cortexpr/core/error.hpp>
#include <cortexpr/data/file.hpp>
#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

// Where the four IDX files of MNIST and of the data sets like it lie, and what their names are.

namespace cortexpr::detail {

/// The names of one data set, in lower case.
struct MnistNames {
  std::span<const std::string_view> train;    ///< what the names of training files begin with
  std::span<const std::string_view> test;     ///< the same for test files
  std::span<const std::string_view> folders;  ///< folders, without - and _, that may lie in the given one
};

/// The names in a folder, sorted; none if it cannot be read.
[[gnu::cold]] inline std::vector<std::string> names_in(const std::string& folder) {
  std::vector<std::string> names;
  DIR* const open = ::opendir(folder.c_str());
  if (open == nullptr) return names;
  while (const dirent* const entry = ::readdir(open)) names.emplace_back(entry->d_name);
  ::closedir(open);
  std::sort(names.begin(), names.end());
  return names;
}

/// A name in lower case, with - for all separators.
inline std::string plain_name(std::string name) {
  for (char& c : name) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    if (c == '.' || c == '_' || c == ' ') c = '-';
  }
  return name;
}

/// Whether this is a name of the file with `content`, images or labels: train-images-idx3-ubyte.gz, with any separators,
/// in upper or lower case, packed or not. Labels of QMNIST are -idx2-int, images of floats -idx3-float.
[[gnu::cold]] inline bool is_mnist_name(const std::string& name, std::string_view set, std::string_view content) {
  const std::string plain = plain_name(name);
  std::string_view rest = plain;
  for (const std::string_view part : {set, std::string_view{"-"}, content}) {
    if (!rest.starts_with(part)) return false;
    rest.remove_prefix(part.size());
  }
  if (rest.ends_with("-gz")) rest.remove_suffix(3);
  if (rest.empty()) return true;
  constexpr std::string_view idx = "-idx";
  if (!rest.starts_with(idx) || rest.size() == idx.size()) return false;
  rest.remove_prefix(idx.size() + 1);  // and the rank
  return rest.empty() || (rest[0] == '-' && rest.find('-', 1) == std::string_view::npos);
}

struct FoundFile {
  std::string path;
  FileKind kind = FileKind::none;
};

inline std::string path_below(const std::string& folder, const std::string& name) {
  std::string path = folder;
  return (path += '/') += name;
}

/// The file in a folder, or in a folder of its own name inside it, as some archives have it. Unpacked files come first,
/// then the order of names decides. What is no regular file is returned only if there is no other.
[[gnu::cold]] inline FoundFile find_mnist_file(const std::string& folder, std::string_view set,
                                               std::string_view content, bool inside = false) {
  FoundFile best;
  bool best_is_packed = false;
  for (const std::string& name : names_in(folder)) {
    if (!is_mnist_name(name, set, content)) continue;
    FoundFile found{.path = path_below(folder, name)};
    found.kind = file_kind(found.path.c_str());
    if (found.kind == FileKind::directory && !inside)
      if (const FoundFile below = find_mnist_file(found.path, set, content, true); below.kind == FileKind::regular)
        found = below;
    const bool regular = found.kind == FileKind::regular, packed = plain_name(found.path).ends_with("-gz");
    const bool better = regular && (best.kind != FileKind::regular || (best_is_packed && !packed));
    if (!better && best.kind != FileKind::none) continue;
    best = found;
    best_is_packed = packed;
  }
  return best;
}

/// Images and labels for training, then those for tests. Both of a pair have the name of the same set.
struct MnistFiles {
  std::array<FoundFile, 4> files;

  MnistFiles(const std::string& folder, const MnistNames& names) {
    find_pair(folder, names.train, 0);
    find_pair(folder, names.test, 2);
  }

  void find_pair(const std::string& folder, std::span<const std::string_view> sets, std::size_t at) {
    for (const std::string_view set : sets) {
      const FoundFile images = find_mnist_file(folder, set, "images"), labels = find_mnist_file(folder, set, "labels");
      const auto cost = [](const FoundFile& file) {
        return file.kind == FileKind::none ? 2 : file.kind == FileKind::regular ? 0 : 1;
      };
      if (cost(images) + cost(labels) >= cost(files[at]) + cost(files[at + 1])) continue;
      files[at] = images;
      files[at + 1] = labels;
    }
  }
  std::ptrdiff_t count(FileKind kind) const {
    return std::count_if(files.begin(), files.end(), [kind](const FoundFile& file) { return file.kind == kind; });
  }
};

/// The folder and those of `names.folders` in it, two levels deep.
[[gnu::cold]] inline std::vector<std::string> mnist_folders(const std::string& folder, const MnistNames& names,
                                                            int levels = 2) {
  std::vector<std::string> folders{folder};
  for (const std::string& name : levels > 0 ? names_in(folder) : std::vector<std::string>{}) {
    std::string plain = plain_name(name);
    plain.erase(std::remove(plain.begin(), plain.end(), '-'), plain.end());
    if (plain != "raw" && plain != "gzip" &&
        std::find(names.folders.begin(), names.folders.end(), plain) == names.folders.end())
      continue;
    for (std::string& below : mnist_folders(path_below(folder, name), names, levels - 1))
      folders.push_back(std::move(below));
  }
  return folders;
}

/// The four files of a data set, all from one folder: the given one, or one of `names.folders` in it.
/// Errors: DataError: a file that is not there
[[gnu::cold]] inline MnistFiles find_mnist_files(const std::string& directory, const MnistNames& names) {
  const std::vector<std::string> folders = mnist_folders(directory, names);
  for (const std::string& folder : folders)
    if (MnistFiles found{folder, names}; found.count(FileKind::regular) == 4) return found;
  // Else what is missing, or is no file, where most are: reading it says why it cannot be read.
  MnistFiles best{directory, names};
  for (const std::string& folder : folders)
    if (MnistFiles found{folder, names}; found.count(FileKind::none) < best.count(FileKind::none)) best = found;
  for (std::size_t i = 0; i < 4; ++i) {
    if (best.files[i].kind != FileKind::none) continue;
    const std::string_view set = (i < 2 ? names.train : names.test).front();
    const int rank = i % 2 == 0 ? 3 : 1;
    const auto is_emnist = [](const std::string& name) { return plain_name(name).starts_with("emnist-"); };
    const std::vector<std::string> present = names_in(directory);
    const bool of_emnist = set.starts_with("emnist");
    const bool other_set = !of_emnist && std::any_of(present.begin(), present.end(), is_emnist);
    data_error("%s: expected the file %.*s-%s-idx%d-ubyte (or .gz, or with a dot before idx%d), found %s",
               directory.c_str(), static_cast<int>(set.size()), set.data(), rank == 3 ? "images" : "labels", rank, rank,
               other_set   ? "those of EMNIST; read them with emnist::load"
               : of_emnist ? "none; name the directory that holds it"
                           : "none; run scripts/mnist, which fetches it, or name the directory that holds it");
  }
  return best;
}

}  // namespace cortexpr::detail

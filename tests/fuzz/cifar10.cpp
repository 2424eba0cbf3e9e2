#include <cortexpr/data/cifar10.hpp>
#include <string>
#include <string_view>

#include "folder.hpp"

// The first of the six files is the fuzzer's; the others have one image each.

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  static const fuzz::Folder folder;
  static const bool written = [] {
    const std::string record(3073, '\1');
    for (const char* const name :
         {"data_batch_2.bin", "data_batch_3.bin", "data_batch_4.bin", "data_batch_5.bin", "test_batch.bin"})
      folder.write(name, record);
    return true;
  }();
  (void)written;
  return fuzz::read_in_folder(folder, "data_batch_1.bin", {reinterpret_cast<const char*>(bytes), size},
                              [](const std::string& path) { (void)cortexpr::cifar10::load(path); });
}

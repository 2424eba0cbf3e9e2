#include <cortexpr/data/mnist.hpp>
#include <string>
#include <string_view>

#include "folder.hpp"

// The first byte chooses the file that is the fuzzer's; the others have one image. The files may be gzip.

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  using namespace std::string_literals;
  static const fuzz::Folder folder;
  if (size == 0) return 0;
  const std::string image = "\0\0\x08\x03\0\0\0\1\0\0\0\x1c\0\0\0\x1c"s + std::string(784, '\7');
  const std::string label = "\0\0\x08\x01\0\0\0\1\3"s;
  const std::string names[]{"train-images-idx3-ubyte", "train-labels-idx1-ubyte", "t10k-images-idx3-ubyte",
                            "t10k-labels-idx1-ubyte"};
  for (std::size_t i = 0; i < 4; ++i) folder.write(names[i], i % 2 == 0 ? image : label);
  return fuzz::read_in_folder(folder, names[bytes[0] % 4], {reinterpret_cast<const char*>(bytes + 1), size - 1},
                              [](const std::string& path) { (void)cortexpr::mnist::load(path); });
}

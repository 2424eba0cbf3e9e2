#include "models.hpp"

#include <cstdio>
#include <string>

int main(int count, char** words) {
  if (count != 2) return std::puts("usage: export_models FOLDER"), 1;
  const std::string folder = std::string{words[1]} + "/";
  models::write_layers(folder);
  models::write_sequences(folder);
  models::write_quantized(folder);
}

// The least that classifies: an image in RAM, the network in flash. What it takes of both is what the network costs.

#include <cstdint>

#include "classifier.hpp"

std::uint8_t image[classifier::pixel_count];  // a camera would write here

int main() { return static_cast<int>(classifier::classify(image)); }

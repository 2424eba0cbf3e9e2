// The smallest program that classifies an image. Its RAM and flash are the cost of the network.

#include <cstdint>

#include "classifier.hpp"

std::uint8_t image[classifier::pixel_count];  // a camera would write here

int main() { return static_cast<int>(classifier::classify(image)); }

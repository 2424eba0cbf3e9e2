#include "network.hpp"

// Both files train on their own.
std::uint32_t first_hash() { return linking::hash_of_training(); }
bool first_has_fma() { return linking::has_fma; }

#pragma once

// The name of nn/handle.hpp in earlier versions.

#include <cortexpr/nn/handle.hpp>

#pragma once

// The hosted umbrella: all of the library but what needs further packages.

#include <cortexpr/data/dataset.hpp>
#include <cortexpr/data/mnist.hpp>
#include <cortexpr/embedded.hpp>
#include <cortexpr/quantize/qat/calibration_aware.hpp>
#include <cortexpr/train/fit.hpp>

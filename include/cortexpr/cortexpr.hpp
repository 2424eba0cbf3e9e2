#pragma once

// The hosted umbrella: all of the library but what needs further packages.

#include <cortexpr/config.hpp>

#include <cortexpr/core/macros_aside.hpp>

#include <cortexpr/checkpoint/checkpoint.hpp>
#include <cortexpr/data/csv.hpp>
#include <cortexpr/data/dataset.hpp>
#include <cortexpr/data/mnist.hpp>
#include <cortexpr/embedded.hpp>
#include <cortexpr/io/save.hpp>
#include <cortexpr/quantize/qat/calibration_aware.hpp>
#include <cortexpr/train/fit.hpp>

#include <cortexpr/core/macros_back.hpp>

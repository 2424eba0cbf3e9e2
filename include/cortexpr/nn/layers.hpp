#pragma once

#include <cortexpr/nn/layers/activation.hpp>
#include <cortexpr/nn/layers/dense.hpp>
#include <cortexpr/nn/layers/dropout.hpp>
#include <cortexpr/nn/layers/flatten.hpp>
#include <cortexpr/nn/layers/input.hpp>

// What nearly all tests include, compiled once for each program of tests. A test includes what it needs all the same: it
// compiles without this file as well (-Db_pch=false).

#include <doctest/doctest.h>
#include <cortexpr/cortexpr.hpp>

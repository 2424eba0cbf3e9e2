// This file has no include guard: it comes before the includes of an umbrella, and core/macros_back.hpp after them.
//
// Other headers define macros whose names are identifiers here or in the standard library: `I` of <complex.h>, `min` of
// <windows.h> and Arduino.h. They are undefined while the library is read.

#pragma push_macro("CONST")
#undef CONST
#pragma push_macro("DELETE")
#undef DELETE
#pragma push_macro("DIFFERENCE")
#undef DIFFERENCE
#pragma push_macro("ERROR")
#undef ERROR
#pragma push_macro("F")
#undef F
#pragma push_macro("I")
#undef I
#pragma push_macro("IN")
#undef IN
#pragma push_macro("OPTIONAL")
#undef OPTIONAL
#pragma push_macro("OUT")
#undef OUT
#pragma push_macro("PI")
#undef PI
#pragma push_macro("R")
#undef R
#pragma push_macro("abs")
#undef abs
#pragma push_macro("bit")
#undef bit
#pragma push_macro("complex")
#undef complex
#pragma push_macro("far")
#undef far
#pragma push_macro("interface")
#undef interface
#pragma push_macro("log")
#undef log
#pragma push_macro("max")
#undef max
#pragma push_macro("min")
#undef min
#pragma push_macro("near")
#undef near
#pragma push_macro("round")
#undef round
#pragma push_macro("small")
#undef small
#pragma push_macro("sq")
#undef sq
#pragma push_macro("word")
#undef word

"""What the library says to flags, languages and macros that it does not fit, and which of them it accepts.

usage: flags.py SOURCE_ROOT BUILD_ROOT
"""

import sys

from compiler import Compiler, check_all

FAST_MATH = "cortexpr: flags of fast math change results"
STANDARD = "cortexpr: the language must be C++20 or newer"
# Macros of Arduino.h, windows.h and C's <complex.h>.
MACROS = """#define I (0 i)
#define min(a, b) ((a) < (b) ? (a) : (b))
#define max(a, b) ((a) > (b) ? (a) : (b))
#define abs(x) ((x) > 0 ? (x) : -(x))
#define round(x) ((long)(x))
#define bit(b) (1UL << (b))
#define word(x) x
#define sq(x) ((x) * (x))
#define PI 3.14159
#define F(s) s
#define small char
#define near
#define far
#define interface struct
#define IN
#define OUT
#define CONST const
#define ERROR 0
#define DELETE 3
#define OPTIONAL
"""
UMBRELLA = "#include <cortexpr/cortexpr.hpp>\n"
# (the case, the program, the flags, the sentence that the compiler must print, or None if it must accept the program)
CASES = [
    *[("with " + flag, UMBRELLA, [flag], FAST_MATH) for flag in ("-ffast-math", "-Ofast", "-ffinite-math-only")],
    ("with -std=c++17", "#include <cortexpr/core/random.hpp>\n", ["-std=c++17"], STANDARD),
    ("without exceptions and RTTI", UMBRELLA, ["-fno-exceptions", "-fno-rtti"], None),
    ("with macros of others", MACROS + UMBRELLA + "static_assert(min(1, 2) == 1);\n", [], None),
    ("with macros of others, freestanding", MACROS + "#include <cortexpr/embedded.hpp>\n", ["-ffreestanding"], None),
]
# Clang has no macros for these; its pragmas in config.hpp make them harmless.
GCC_REFUSES = ["-funsafe-math-optimizations", "-freciprocal-math", "-fno-signed-zeros", "-fsingle-precision-constant"]


def main(_source_root, build_root):
    compiler = Compiler(build_root)
    status, output = compiler.run("--version")
    cases = {name: rest for name, *rest in CASES}
    if status == 0 and "clang" not in output:
        cases |= {"with " + flag: (UMBRELLA, [flag], FAST_MATH) for flag in GCC_REFUSES}

    def check(case):
        program, flags, sentence = cases[case]
        status, output = compiler.check(program, *flags)
        if sentence is None:
            return None if status == 0 else "must compile, but:\n" + output[:3000]
        if status == 0:
            return "compiles, but must not"
        if sentence not in output or output.count(" error: ") > 2:  # the sentence, and the file that ends the compilation
            return "must print the sentence alone, but:\n" + output[:3000]
        return None

    return check_all(list(cases), check)


sys.exit(main(*sys.argv[1:]))

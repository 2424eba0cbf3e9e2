"""What scripts/test --all does: every build and check that proves something no other does.

Both compilers compile all tests: GCC optimises them, and Clang adds the sanitizers. Separate roundings, barely optimised,
run all tests of arithmetic; Clang with optimisation and other instruction sets those of packs and kernels, and the record
of bits, which covers each layer, optimizer and 8-bit form. A warning fails everywhere.
"""

import os
import shutil
import sys

from runner import hygiene, xsimd
from runner.console import BUILD, ROOT
from runner.instruction_sets import runs_level
from runner.variant import Variant

OPTIMISED = ("-Dbenchmarks=false", "-Dwerror=true")
# The long tests run once, optimised by GCC.
SHORT = (*OPTIMISED, "-Dlong_tests=false")
QUICK = (*SHORT, "-Dexamples=false")
BARELY = (*QUICK, "-Doptimization=1")
# Without precompiled headers a test must include what it needs.
SANITIZED = (*QUICK, "-Db_pch=false", "-Doptimization=0", "-Db_sanitize=address,undefined", "-Db_lundef=false",
             "-Dcpp_args=-fno-sanitize-recover=all")
# The two builds whose results the emulated processors must give: with fused multiply-add, and without.
FUSED, SEPARATE = BUILD / "gcc", BUILD / "scalar-two-roundings"


class Everything:
    """`clang`, `clang_format` and `clang_tidy` are programs, or '' where they are not installed; `without` names what else
    could not be installed."""

    def __init__(self, tally, clang, clang_format, clang_tidy, without):
        self.tally = tally
        self.clang = clang
        self.clang_format = clang_format
        self.clang_tidy = clang_tidy
        self.without = without
        self.compiler = os.environ.get("CXX") or "g++"

    def run(self):
        hygiene.checks(self.tally, self.clang_format)
        # Clang checks headers alone in less time.
        Variant("gcc", OPTIMISED, left_out=["headers"] if self.clang else []).run(self.tally)
        # Clang takes a quarter of the time that GCC takes for this, and without optimisation half of that.
        Variant("sanitizers", SANITIZED, ["unit"], compiler=self.clang or self.compiler).run(self.tally)
        self.arithmetic("scalar-two-roundings", ("-Dsimd=false", "-Dfma=false"))
        self.instruction_sets()
        if self.clang:
            suites, targets = ["packs", "compiler", "headers"], ["packs", "numbered_examples"]
            Variant("clang", SHORT, suites, targets, compiler=self.clang).run(self.tally)
            self.tally.check("GCC with Clang", [sys.executable, ROOT / "tests/linking/pairs.py", ROOT, BUILD / "gcc", self.clang])
            if runs_level("v4"):  # or else the native build is of this level
                self.level("clang", "v3", lambda name, options: self.packs(name, options, self.clang))
        else:
            self.tally.leave_out("Clang: no version 19 or newer is installed")
        self.tally.check("scripts/mutate --few", [ROOT / "scripts/mutate", "--few"])
        self.tally.together(self.other_processors, self.tidy, self.costs, self.fuzz)

    # ---- other instruction sets and roundings -------------------------------

    def arithmetic(self, name, options):
        Variant(name, (*BARELY, *options), ["arithmetic"], ["arithmetic"]).run(self.tally)

    def packs(self, name, options, compiler=None):
        Variant(name, (*BARELY, *options), ["packs"], ["packs"], compiler=compiler or self.compiler).run(self.tally)

    def level(self, compiler, level, run, options=()):
        """One level of x86-64, if this machine has it."""
        if runs_level(level):
            run(f"{compiler}-x86-64-{level}", (f"-Dmarch=x86-64-{level}", *options))
        else:
            self.tally.leave_out(f"x86-64-{level} with {compiler}: this machine cannot run it")

    def instruction_sets(self):
        newer = ()
        if xsimd.fetch():
            newer = (f"-Dxsimd_include_dir={xsimd.FOLDER}",)
            self.tally.say("xsimd 14 takes the place of the installed one in gcc-x86-64-v3")
        else:
            self.tally.leave_out("xsimd 14: its headers could not be fetched (see build/xsimd-14.log)")
        self.level("gcc", "v2", self.packs)
        self.level("gcc", "v3", self.packs, newer)
        if not runs_level("v4"):  # or else the native builds have tested it
            self.tally.leave_out("x86-64-v4: this machine cannot run it")

    # ---- side by side, each with a tally of its own -------------------------

    def other_processors(self, tally):
        """One after the other: they build in the same folders."""
        if "firmware" in self.without:
            tally.leave_out("firmware: the cross compiler or QEMU could not be installed")
        else:
            boards = [BUILD / "firmware" / board for board in ("microbit", "mps2-an386")]
            tally.check("what boards calculate", [sys.executable, ROOT / "tests/firmware/run.py", FUSED, SEPARATE])
            tally.check("scripts/firmware", [ROOT / "scripts/firmware", "--images", "30"])
            tally.check("what the linker refuses", [sys.executable, ROOT / "tests/firmware/refused.py", *boards])
        # Not every system has a package of the 32-bit compiler.
        if "cross" in self.without or not shutil.which("arm-linux-gnueabihf-g++"):
            tally.leave_out("64-bit and 32-bit Arm: the cross compilers or QEMU could not be installed")
        else:
            tally.check("64-bit and 32-bit Arm", [sys.executable, ROOT / "tests/cross/run.py", FUSED, SEPARATE])

    def tidy(self, tally):
        """clang-tidy on one program per group of headers."""
        if not self.clang or not self.clang_tidy:
            tally.leave_out("clang-tidy: it is not installed, or Clang is not")
            return
        for source in sorted((ROOT / "examples").glob("[0-9]*.cpp")):
            tally.check(f"clang-tidy {source.name}", [self.clang_tidy, "--quiet", "-p", BUILD / "clang", source])

    def fuzz(self, tally):
        if self.clang:
            tally.check("fuzzing of readers", [sys.executable, ROOT / "tests/fuzz/run.py", "--compiler", self.clang])
        else:
            tally.leave_out("fuzzing: Clang is not installed")

    def costs(self, tally):
        tally.check("benchmarks/compile_budget", [ROOT / "benchmarks/compile_budget"])
        tally.check("benchmarks/run --smoke", [ROOT / "benchmarks/run", "--smoke"])


"""The rules of the house: who may include whom, and what no file of the tree holds.

usage: layering.py SOURCE_ROOT
"""

import pathlib
import re
import subprocess
import sys

# A folder may include itself and these; everything may include config.hpp.
MAY_INCLUDE = {
    "core": set(),
    "simd": {"core"},
    "kernels": {"simd", "core"},
    "nn": {"kernels", "simd", "core"},
    "train": {"nn", "kernels", "simd", "core"},
    "quantize": {"nn", "kernels", "simd", "core"},
    "io": {"nn", "kernels", "simd", "core"},
    "data": {"core"},
    "checkpoint": {"io", "train", "nn", "kernels", "simd", "core"},
    "parallel": {"train", "nn", "kernels", "simd", "core"},
}
# A sub-folder listed here may include, of the files of its folder, its own and those of these sub-folders.
MAY_INCLUDE_WITHIN = {
    "core/math": set(),
    "simd/arch/scalar": set(),
    "simd/arch/vector": {"simd/arch/x86", "simd/arch/neon"},  # their instructions
    "simd/arch/x86": {"simd/arch/vector", "simd/arch/scalar"},
    "simd/arch/neon": {"simd/arch/vector", "simd/arch/scalar"},
    "simd/arch/cortex_m": {"simd/arch/scalar"},
    "kernels/order": set(),
    "kernels/elementwise": {"kernels/order"},
    "kernels/product": {"kernels/order", "kernels/elementwise"},
    "kernels/normalization": {"kernels/order", "kernels/elementwise"},
    "kernels/convolution": {"kernels/order", "kernels/elementwise"},
    "kernels/pooling": {"kernels/order", "kernels/elementwise", "kernels/convolution"},
    "kernels/recurrent": {"kernels/order"},
    "kernels/update": {"kernels/order", "kernels/elementwise"},
    "kernels/int8": {"kernels/order", "kernels/elementwise"},
}
# Of a folder listed here, a file may include files of its own entry and of the entries in earlier lines. A file belongs
# to the longest entry that its name begins with.
ORDER_WITHIN = {
    "nn": [
        {"nn/initializers.hpp", "nn/input.hpp"},
        {"nn/activation.hpp"},
        {"nn/activations.hpp"},
        {"nn/options/", "nn/topology/"},
        {"nn/memory/"},
        {"nn/execution/"},
        {"nn/layer.hpp"},
        {"nn/layers/"},
        {"nn/layers.hpp"},
        {"nn/network.hpp", "nn/layers/attention/transformer_block.hpp"},  # the latter is a name for other layers
        {"nn/handle.hpp", "nn/serialize.hpp"},
        {"nn/static_network.hpp", "nn/transform/", "nn/report/"},
    ],
    "train": [
        {"train/lazy.hpp", "train/batch_size.hpp", "train/batch_statistics.hpp", "train/block.hpp", "train/callback.hpp",
         "train/clip_norm.hpp", "train/last_layer.hpp", "train/not_finite.hpp", "train/schedule.hpp", "train/scores.hpp", "train/stop_token.hpp", "train/update_parameters.hpp"},
        {"train/loss.hpp"},
        {"train/targets.hpp"},
        {"train/workspace.hpp", "train/batch.hpp", "train/optimizer.hpp", "train/schedules.hpp", "train/softmax_cross_entropy.hpp"},
        {"train/trainer_state.hpp"},
        {"train/clip_value.hpp", "train/judge.hpp", "train/losses.hpp"},
        {"train/optimizers.hpp"},
        {"train/metrics.hpp"},
        {"train/fit_options.hpp", "train/history.hpp", "train/trainer.hpp"},
        {"train/callbacks/", "train/fit_batch.hpp", "train/fit_state.hpp", "train/make_trainer.hpp"},
        {"train/fit_loop.hpp"},
        {"train/fit.hpp"},
    ],
    "quantize": [{"quantize/scheme/"}, {"quantize/lower/"}, {"quantize/int8/"}, {"quantize/calibrate/"}, {"quantize/qat/"}],
}
UMBRELLAS = {"cortexpr.hpp", "embedded.hpp"}
# Headers that need a computer; all others also compile freestanding.
HOSTED = (
    "checkpoint/", "core/constexpr_string.hpp", "core/deflate.hpp", "core/error.hpp", "core/output_file.hpp",
    "core/status.hpp", "core/stopwatch.hpp", "cortexpr.hpp", "data/", "io/", "parallel/", "quantize/calibrate/",
    "quantize/qat/calibration_aware", "train/batch.hpp", "train/callbacks/", "train/fit.hpp", "train/fit_batch.hpp", "train/fit_loop.hpp",
    "train/fit_options.hpp", "train/fit_state.hpp", "train/history.hpp", "train/judge.hpp", "train/metrics.hpp",
    "train/not_finite.hpp", "train/scores.hpp", "train/stop_token.hpp",
)
# What other headers leave out on a microcontroller.
FOR_COMPUTERS = re.compile(r"^#if CORTEXPR_HOSTED\n.*?^#endif", re.DOTALL | re.MULTILINE)
# Headers for one kind of processor. The tests of firmware compile those of microcontrollers.
PROCESSOR_OF = {"simd/arch/cortex_m/": "Cortex-M", "simd/arch/x86/": "x86_64", "simd/arch/neon/": "aarch64"}
FREESTANDING_STANDARD = set(
    "array bit climits compare concepts cstddef cstdint initializer_list limits new numbers optional span tuple "
    "type_traits utility version "
    "the_error_above_ends_the_compilation".split()  # config.hpp
)
# Which one file or folder may include what lies behind this prefix.
HOME_OF = {
    "boost/": "core/type_list.hpp",
    "xsimd/": "simd/arch/vector/pack.hpp",
    "libdeflate": "core/deflate.hpp",
    "mpi": "parallel/",
    "immintrin": "simd/arch/x86/",
    "arm_neon": "simd/arch/neon/",
    "arm_acle.h": "simd/arch/cortex_m/",
    "arm_mve.h": "simd/arch/cortex_m/",
}
COMPILER_MACRO = re.compile(
    r"\b(__GNUC__|__clang__|_MSC_VER|__STDC_HOSTED__|__FMA__|__AVX\w*|__SSE\w*|__ARM\w*|__aarch64__|__x86_64__|__FAST_MATH__)\b"
)
MAX_LINES = 250
# In pieces, so that this file passes its own rule.
MACHINE_PATH = re.compile(r"(?<![\w./$}])/(?:wor" + r"k|tm" + r"p|hom" + r"e|roo" + r"t|User" + r"s)/\w")
REGISTRY_HOST = re.compile(r"deb\.debia" + r"n\.org|pypi\.or" + r"g|files\.pythonhoste" + r"d")


def is_hosted(name):
    return name.startswith(HOSTED)


def is_for_processor(name, machine):
    return all(processor == machine for folder, processor in PROCESSOR_OF.items() if name.startswith(folder))


def is_sentence(text):
    return len(text.split()) >= 3


def static_asserts(text):
    """Yields (line number, message or None) of every static_assert."""
    for match in re.finditer(r"\bstatic_assert\s*\(", text):
        depth, position, top = 1, match.end(), []
        while depth:
            string = re.compile(r'"(?:[^"\\]|\\.)*"').match(text, position)
            if string:
                if depth == 1:
                    top.append(string.group()[1:-1])
                position = string.end()
                continue
            character = text[position]
            depth += (character in "([{") - (character in ")]}")
            if depth == 1 and character == ",":
                top = []
            position += 1
        yield text.count("\n", 0, match.start()) + 1, "".join(top) or None


def without_comments(text):
    return re.sub(r"//[^\n]*|/\*.*?\*/", lambda m: "\n" * m.group().count("\n"), text, flags=re.DOTALL)


def includes_of(text):
    return re.findall(r"^\s*#\s*include\s*[<\"]([^>\"]+)[>\"]", text, re.MULTILINE)


class Checker:
    def __init__(self, root):
        self.root = pathlib.Path(root)
        self.include = self.root / "include" / "cortexpr"
        self.headers = {p.relative_to(self.include).as_posix(): p.read_text() for p in self.include.rglob("*.hpp")}
        self.includes = {name: includes_of(text) for name, text in self.headers.items()}

    def own_includes(self, name):
        return [i.removeprefix("cortexpr/") for i in self.includes[name] if i.startswith("cortexpr/")]

    def rule_no_header_includes_upwards(self):
        for name in self.headers.keys() - UMBRELLAS:
            folder = name.split("/")[0]
            for other in self.own_includes(name):
                target = other.split("/")[0]
                if name == "config.hpp" or (target not in (folder, "config.hpp") and target not in MAY_INCLUDE[folder]):
                    yield f"{name}: must not include {other}; {folder} may include {sorted(MAY_INCLUDE.get(folder, ()))}"

    def rule_sub_folders_keep_their_order(self):
        def sub_folder(name):
            return next((f for f in MAY_INCLUDE_WITHIN if name.startswith(f + "/")), None)

        for name in self.headers:
            folder = sub_folder(name)
            for other in self.own_includes(name) if folder else ():
                target = sub_folder(other) or other.rsplit("/", 1)[0]
                if target.split("/")[0] == folder.split("/")[0] and target not in (folder, *MAY_INCLUDE_WITHIN[folder]):
                    yield f"{name}: must not include {other}; {folder} may include {sorted(MAY_INCLUDE_WITHIN[folder])}"

    def rule_every_include_names_a_header_that_exists(self):
        for name in self.headers:
            for other in self.own_includes(name):
                if other not in self.headers:
                    yield f"{name}: includes {other}, which does not exist"
            for other in self.includes[name]:
                if (self.include / name).parent.joinpath(other).exists():
                    yield f"{name}: includes {other} by a relative path; write <cortexpr/...>"

    def rule_folders_keep_their_order(self):
        def entry_of(name):
            """The line and the entry of a file, or None."""
            found = [(line, entry) for line, entries in enumerate(ORDER_WITHIN.get(name.split("/")[0], ()))
                     for entry in entries if name.startswith(entry)]
            return max(found, key=lambda one: len(one[1]), default=None)

        for name in self.headers:
            if name.split("/")[0] not in ORDER_WITHIN:
                continue
            own = entry_of(name)
            if own is None:
                yield f"{name}: has no line in ORDER_WITHIN of layering.py; put it after what it includes"
                continue
            for other in self.own_includes(name):
                target = entry_of(other) if other.split("/")[0] == name.split("/")[0] else None
                if target and target != own and target[0] >= own[0]:
                    yield f"{name}: must not include {other}, which comes after it in ORDER_WITHIN of layering.py"

    def rule_layers_do_not_include_layers(self):
        def family(name):
            return name.rsplit("/", 1)[0]

        layers = {name for name, text in self.headers.items()
                  if name.startswith("nn/layers/") and re.search(r"^(static_assert\(Layer<|CORTEXPR_CHECK_LAYER\()", text, re.MULTILINE)}
        for name in self.headers:
            if name.startswith("nn/layers/"):
                for other in self.own_includes(name):
                    if other.startswith("nn/layers/") and (other in layers or family(other) != family(name)):
                        yield (f"{name}: must not include {other}; a layer may include what its family shares, and what all "
                               "share belongs in kernels or nn")

    def rule_each_library_has_one_home(self):
        for name in self.headers:
            for other in self.includes[name]:
                for prefix, home in HOME_OF.items():
                    if other.startswith(prefix) and not name.startswith(home):
                        yield f"{name}: must not include {other}; only {home} may"

    def rule_freestanding_headers_reach_nothing_hosted(self):
        for name in self.headers:
            if is_hosted(name):
                continue
            for other in includes_of(FOR_COMPUTERS.sub("", self.headers[name])):
                own = other.removeprefix("cortexpr/")
                if own != other:
                    if is_hosted(own):
                        yield f"{name}: runs on a microcontroller and must not include {own}, which does not"
                elif not other.startswith(tuple(HOME_OF)) and other not in FREESTANDING_STANDARD:
                    yield f"{name}: runs on a microcontroller and must not include <{other}>"

    def rule_only_config_asks_for_the_compiler(self):
        for name, text in self.headers.items():
            if name == "config.hpp":
                continue
            for number, line in enumerate(without_comments(text).splitlines(), 1):
                if line.lstrip().startswith("#") and COMPILER_MACRO.search(line):
                    yield f"{name}:{number}: tests a compiler macro; give it a CORTEXPR_ name in config.hpp"
                if name.startswith("nn/layers/") and re.match(r"\s*#\s*if", line):
                    yield f"{name}:{number}: layers contain no #if"

    def rule_every_header_starts_with_pragma_once(self):
        for name, text in self.headers.items():
            if not text.startswith("#pragma once\n") and not name.startswith("core/macros_"):  # these are read again
                yield f"{name}: the first line must be #pragma once"

    def rule_no_header_is_longer_than_one_sitting(self):
        for name, text in self.headers.items():
            lines = text.count("\n")
            if lines > MAX_LINES:
                yield f"{name}: {lines} lines; split it, {MAX_LINES} is the most"

    def rule_every_static_assert_says_a_sentence(self):
        says_its_own = re.compile(r"\bstatic_assert\((?:(?:::)?cortexpr::)?Layer<")  # the concept names what is missing
        for name, text in self.headers.items():
            for number, message in static_asserts(says_its_own.sub("(", without_comments(text))):
                if message is None or not is_sentence(message):
                    yield f"{name}:{number}: static_assert needs a sentence: component, requirement, remedy"

    def rule_files_are_snake_case(self):
        for path in self.tracked("include", "examples", "tests", "benchmarks"):
            if path.suffix in (".hpp", ".cpp") and not re.fullmatch(r"[a-z0-9_]+", path.stem):
                yield f"{path}: write file names in snake_case"

    def rule_every_test_is_in_the_list(self):
        listing = self.root / "tests" / "meson.build"
        listed = listing.read_text() if listing.exists() else ""
        for path in self.tracked("tests"):
            name = path.relative_to("tests").as_posix()
            if name.endswith("_test.cpp") and f"'{name}'" not in listed:
                yield f"{path}: is never built; add '{name}' to its group in tests/meson.build"

    def rule_tests_lie_as_their_headers(self):
        for path in self.tracked("tests"):
            folder = path.relative_to("tests").parent
            if path.name.endswith("_test.cpp") and folder.parts and (self.include / folder.parts[0]).is_dir():
                if not (self.include / folder).is_dir():
                    yield f"{path}: there is no folder include/cortexpr/{folder.as_posix()}"

    def rule_nothing_names_this_machine(self):
        for path in self.tracked("."):
            try:
                text = (self.root / path).read_text()
            except (UnicodeDecodeError, FileNotFoundError, IsADirectoryError):
                continue
            for number, line in enumerate(text.splitlines(), 1):
                if MACHINE_PATH.search(line) or REGISTRY_HOST.search(line):
                    yield f"{path}:{number}: names a path or host of one machine: {line.strip()[:80]}"

    def tracked(self, *folders):
        command = ["git", "-C", self.root, "ls-files", "-z", "--cached", "--others", "--exclude-standard", *folders]
        listed = subprocess.run(command, capture_output=True, text=True)
        if listed.returncode == 0:
            return [pathlib.Path(name) for name in listed.stdout.split("\0") if name]
        # Not a git checkout (a release archive): everything but build folders.
        return [p.relative_to(self.root) for f in folders for p in (self.root / f).rglob("*")
                if p.is_file() and not p.relative_to(self.root).parts[0].startswith(("build", "."))]


def main(root):
    checker = Checker(root)
    rules = [name for name in dir(Checker) if name.startswith("rule_")]
    failed = 0
    for rule in rules:
        problems = sorted(getattr(checker, rule)())
        failed += bool(problems)
        print(("FAILED  " if problems else "ok      ") + rule.removeprefix("rule_").replace("_", " "))
        for problem in problems:
            print("        " + problem)
    print(f"{len(rules) - failed} passed, {failed} failed")
    return failed > 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))

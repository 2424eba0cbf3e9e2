"""Programs that must not compile, and what the compiler must say about them.

usage: harness.py SOURCE_ROOT BUILD_ROOT

Every .cpp file in this folder starts with one or more lines '// expect-error: <sentence>'. It must fail to
compile, and each sentence must stand in the first 15 lines of what the compiler prints. A file that starts with
'// expect-success' is the control: it must compile, or the other failures would prove nothing.
"""

import pathlib
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "hygiene"))
from compiler import Compiler, check_all  # noqa: E402

FIRST_LINES = 15


def expectations(source):
    """The sentences expected, or None if the file is to compile."""
    sentences = []
    for line in source.read_text().splitlines():
        if line.strip() == "// expect-success":
            return None
        if not line.startswith("// expect-error: "):
            break
        sentences.append(line.removeprefix("// expect-error: ").strip())
    if not sentences:
        sys.exit(f"{source.name}: the first line must be '// expect-error: <sentence>' or '// expect-success'")
    return sentences


def problem_of(compiler, source, sentences):
    """What is wrong, or None."""
    status, output = compiler.check(source)
    if sentences is None:
        return None if status == 0 else "must compile, but:\n" + output[:3000]
    if status == 0:
        return "compiles, but must not"
    head = "\n".join(output.splitlines()[:FIRST_LINES])
    missing = [s for s in sentences if s not in head]
    if not missing:
        return None
    return f"the first {FIRST_LINES} lines of the compiler's output lack: {'; '.join(missing)}\n{head}"


def main(source_root, build_root):
    folder = pathlib.Path(source_root, "tests", "must_not_compile").resolve()
    cases = {source.name: expectations(source) for source in sorted(folder.glob("*.cpp"))}
    if None not in cases.values():
        sys.exit("must_not_compile: there is no control; add a file that starts with '// expect-success'")
    compiler = Compiler(build_root)
    with tempfile.TemporaryDirectory() as scratch:
        compiler.precompile(source_root, "cortexpr/nn/network.hpp", scratch)
        return check_all(list(cases), lambda name: problem_of(compiler, folder / name, cases[name]))


sys.exit(main(*sys.argv[1:]))

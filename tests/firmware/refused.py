#!/usr/bin/env python3
"""Programs that the linker scripts of the firmware must refuse, and in which words.

usage: refused.py BUILD_FOLDER...    each of a board, as scripts/firmware makes them

Every .cpp file in refused/ starts with a line '// expect-error: <sentence>'. It must not link, and the linker must say
the sentence. One that starts with '// expect-success' is the control: it must link, or the others prove nothing.
Ends with 'N passed, N failed'.
"""

import pathlib
import subprocess
import sys

FOLDER = pathlib.Path(__file__).resolve().parent / "refused"


def problem_of(build, source):
    """A sentence, or None."""
    first = source.read_text().splitlines()[0]
    command = ["ninja", "-C", build, f"examples/firmware/boards/{source.stem}.elf"]
    linked = subprocess.run(command, capture_output=True, text=True)
    if first == "// expect-success":
        return None if linked.returncode == 0 else "does not link: " + linked.stdout[-600:]
    sentence = first.removeprefix("// expect-error: ")
    if sentence == first:
        return "the first line must be '// expect-error: <sentence>' or '// expect-success'"
    if linked.returncode == 0:
        return f"links, but must not: {sentence}"
    return None if sentence in linked.stdout else f"the linker does not say '{sentence}': " + linked.stdout[-600:]


def main(builds):
    passed = failed = 0
    for build in builds:
        for source in sorted(FOLDER.glob("*.cpp")):
            problem = problem_of(build, source)
            passed, failed = passed + (problem is None), failed + (problem is not None)
            print(f"{'ok      ' if problem is None else 'FAILED  '}{pathlib.Path(build).name}: {source.stem}"
                  + (f": {problem}" if problem else ""))
    print(f"{passed} passed, {failed} failed")
    return failed > 0 or passed == 0


sys.exit(main(sys.argv[1:]))

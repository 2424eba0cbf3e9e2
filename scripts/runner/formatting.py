"""The formatting of all tracked C and C++ files."""

import concurrent.futures
import subprocess

from runner.console import ROOT, Problem, cores
from runner.hygiene import tracked

PATTERNS = ("*.cpp", "*.hpp", "*.c", "*.h")


def differs(tool, name):
    """Whether clang-format would change the file."""
    command = [tool, "--dry-run", "--Werror", "--ferror-limit=1", name]
    return subprocess.run(command, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False).returncode != 0


def format_file(tool, name):
    done = subprocess.run([tool, "-i", name], cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
    if done.returncode != 0:
        raise Problem(f"scripts/format: clang-format cannot format {name}: {done.stdout}")


def main(tool, check):
    """Formats, or with `check` says which files differ and how to mend it. Returns the exit status. .clang-format-ignore
    names what stays as it is."""
    names = tracked(*PATTERNS)
    with concurrent.futures.ThreadPoolExecutor(cores()) as pool:
        changed = [name for name, change in zip(names, pool.map(lambda name: differs(tool, name), names)) if change]
        if not check:
            list(pool.map(lambda name: format_file(tool, name), changed))
    for name in changed:
        print(f"{name}: is not formatted as .clang-format says" if check else f"{name}: formatted")
    if check and changed:
        print(f"{len(changed)} of {len(names)} files differ; run scripts/format, which formats them")
        return 1
    print(f"{len(names)} files, {0 if check else len(changed)} changed")
    return 0

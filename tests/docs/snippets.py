"""Every C++ block of the documentation compiles.

usage: snippets.py SOURCE_ROOT BUILD_ROOT

A block that starts with ```cpp is a whole program. One that is not says so in the line before it:
  <!-- snippet: statements -->     goes into a function, after #include <cortexpr/cortexpr.hpp> and namespace cx
  <!-- snippet: declarations -->   goes after the same include, outside of any function
  <!-- snippet: continues -->      goes after the block before it, of the same kind
  <!-- snippet: fails -->          a whole program, which must not compile
"""

import pathlib
import re
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "hygiene"))
from compiler import Compiler, check_all  # noqa: E402

BLOCK = re.compile(r"(?:^<!-- snippet: (\w+) -->\n)?^```cpp\n(.*?)^```$", re.MULTILINE | re.DOTALL)
PRELUDE = "#include <cortexpr/cortexpr.hpp>\nnamespace cx = cortexpr;\n"
KINDS = ("program", "statements", "declarations", "continues", "fails")


def snippets(path, name):
    """(label, source, whether it must compile) of each block of one file."""
    found = []
    text = path.read_text()
    kind, body, = None, ""
    for match in BLOCK.finditer(text):
        marker = match.group(1) or "program"
        if marker not in KINDS:
            sys.exit(f"{name}: '<!-- snippet: {marker} -->' is not one of {', '.join(KINDS)}")
        if marker == "continues":
            body += match.group(2)
        else:
            kind, body = marker, match.group(2)
        source = body
        if kind == "statements":
            source = PRELUDE + "void snippet();\nvoid snippet() {\n" + body + "}\n"
        elif kind == "declarations":
            source = PRELUDE + body
        found.append((f"{name}:{text.count(chr(10), 0, match.start(2)) + 1}", source, kind != "fails"))
    return found


def main(source_root, build_root):
    root = pathlib.Path(source_root).resolve()
    documents = [p for p in (root / "README.md", root / "CONTRIBUTING.md", *sorted(root.glob("docs/**/*.md"))) if p.exists()]
    cases = {label: (source, compiles) for path in documents
             for label, source, compiles in snippets(path, path.relative_to(root).as_posix())}
    compiler = Compiler(build_root)

    def check(label):
        source, compiles = cases[label]
        status, output = compiler.check(source, f"-I{root}", "-Wno-unused")
        if (status == 0) == compiles:
            return None
        return output[:3000] if compiles else "compiles, but must not"

    return check_all(list(cases), check)


sys.exit(main(*sys.argv[1:]))

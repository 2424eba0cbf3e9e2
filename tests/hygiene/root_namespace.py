#!/usr/bin/env python3
"""Whether namespace cortexpr holds the names that users write, and nothing else: those in root_namespace.txt.

usage: root_namespace.py SOURCE_ROOT
"""

import pathlib
import re
import sys

TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"|\'(?:[^\'\\]|\\.)*\'|[{};]|[^{};"\']+')
NAMESPACE = re.compile(r"\b(?:inline\s+)?namespace\s+([\w:]+)\s*$")
TEMPLATE = re.compile(r"^\s*template\s*<")
TYPE = re.compile(r"\b(?:struct|class|enum\s+class|enum|concept)\s+(?:\[\[[^\]]*\]\]\s*)?(?:alignas\([^)]*\)\s*)?(\w+)")
ALIAS = re.compile(r"\busing\s+(\w+)\s*=")
VARIABLE = re.compile(r"\b(?:inline\s+)?constexpr\b[^=(]*?\b(\w+)\s*(?:<[^=]*>)?\s*(?:=|$)")
CONSTRAINT = re.compile(r"^\s*requires\s*\((?:[^()]|\([^()]*\))*\)")
FUNCTION = re.compile(r"(\b(?:operator\s*[^\s(]+|\w+))\s*\(")


def without_comments(text):
    text = re.sub(r"(?<=\w)'(?=\w)", "", text)  # in numbers
    text = re.sub(r'("(?:[^"\\]|\\.)*")|//[^\n]*|/\*.*?\*/', lambda m: m.group(1) or " ", text, flags=re.DOTALL)
    return re.sub(r"^\s*#(?:[^\n]*\\\n)*[^\n]*", "", text, flags=re.MULTILINE)


def end_of_brackets(text, position):
    """The position after the angle bracket that closes the one at `position`; -1 where none does."""
    depth = parentheses = 0
    for i in range(position, len(text)):
        character = text[i]
        parentheses += (character == "(") - (character == ")")
        if parentheses == 0:  # in parentheses < and > compare
            depth += (character == "<") - (character == ">" and text[i - 1] not in "-=")
            if depth == 0:
                return i + 1
    return -1


def without_templates(head):
    """The declaration without its template parameter lists; None while such a list is open."""
    while TEMPLATE.match(head):
        end = end_of_brackets(head, head.index("<"))
        if end < 0:
            return None
        head = CONSTRAINT.sub("", head[end:])
    return head.strip()


def name_of(head):
    """The name that a declaration introduces, or None."""
    head = without_templates(head)
    if not head or head.startswith(("static_assert", "CORTEXPR_CHECK", "friend", "extern")):
        return None
    for pattern in (ALIAS, TYPE):
        match = pattern.search(head)
        if match and (pattern is ALIAS or not re.search(r"\)\s*(const|noexcept|->)?", head[: match.start()])):
            return match.group(1)
    function = next((match for match in FUNCTION.finditer(head) if match.group(1) != "requires"), None)
    variable = VARIABLE.search(head)
    if variable and (not function or variable.start(1) < function.start(1)):
        return variable.group(1)
    if function and not head[: function.start()].endswith("::"):  # else a member, defined out of its class
        return function.group(1)
    return None


def declared_in_root(text):
    """Yields the names declared directly in namespace cortexpr; None for what declares no name there."""
    scopes, head = [], ""
    for token in TOKEN.findall(without_comments(text)):
        if token == "{":
            namespace = NAMESPACE.search(head.strip())
            if namespace:
                scopes.append(namespace.group(1))
            elif without_templates(head) is None:  # a default argument such as Fan{1, 1}
                scopes.append("(")
                continue
            else:
                if "::".join(scopes) == "cortexpr":
                    yield name_of(head)
                scopes.append("{")
            head = ""
        elif token == "}":
            if scopes.pop() != "(":
                head = ""
        elif token == ";":
            if "::".join(scopes) == "cortexpr":
                yield name_of(head)
            head = ""
        else:
            head += token


def main(source_root):
    root = pathlib.Path(source_root)
    listing = (root / "tests" / "hygiene" / "root_namespace.txt").read_text()
    listed = {name for line in listing.splitlines() for name in line.split("#")[0].split()}
    found = {}
    for header in sorted((root / "include" / "cortexpr").rglob("*.hpp")):
        for name in declared_in_root(header.read_text()):
            if name and not name.startswith("operator"):
                found.setdefault(name, header.relative_to(root / "include").as_posix())
    for name in sorted(found.keys() - listed):
        print(f"{found[name]}: cortexpr::{name} is not in tests/hygiene/root_namespace.txt; if no user writes it, "
              "declare it in namespace cortexpr::detail, else list it")
    for name in sorted(listed - found.keys()):
        print(f"root_namespace.txt: cortexpr::{name} is declared nowhere; remove it from the list")
    return 1 if found.keys() != listed else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))

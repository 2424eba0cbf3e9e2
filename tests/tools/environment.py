"""The environment that tools/import sets up, for tests."""

import importlib.machinery
import pathlib
import sys

LEFT_OUT = 77  # meson's exit status of a test that is left out


def python_for(models, *requirements):
    """The Python with the packages for models of these names, and those of further files of requirements. Without them the
    test is left out."""
    path = pathlib.Path(__file__).resolve().parents[2] / "tools" / "import"
    tool = importlib.machinery.SourceFileLoader("tool", str(path)).load_module()
    try:
        return tool.set_up([*tool.needed(models), *requirements])
    except SystemExit:
        print("left out: the environment of the importer cannot be set up")
        sys.exit(LEFT_OUT)

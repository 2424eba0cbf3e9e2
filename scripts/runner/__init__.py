"""The Python part of the scripts: it builds, runs side by side, parses and counts. The standard library of Python 3.9 is enough."""

"""usage: tools/import MODEL --name NAME --out FILE.hpp [OPTION...]"""

import pathlib
import sys

sys.dont_write_bytecode = True
sys.path[0] = str(pathlib.Path(__file__).resolve().parents[1])

from importer.command import main  # noqa: E402

sys.exit(main(sys.argv[1:]))

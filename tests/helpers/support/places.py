"""Where things are that tests need."""

from pathlib import Path

import wann

#: of the packages ``support`` and ``oracles``: tests/ itself has folders called wann, envs and viz,
#: which Python would take for the packages of these names
HELPERS = Path(__file__).resolve().parents[1]
ROOT = HELPERS.parents[1]
#: of the packages wann, envs and viz as they are imported: not ROOT where they are installed
HOME = Path(wann.__file__).resolve().parents[1]
README = ROOT / "README.md"
DATA = ROOT.parent / "shared" / "data"  # data that is not everywhere: see ``tests/conftest.py``
PUBLISHED = DATA / "champions" / "swing.out"

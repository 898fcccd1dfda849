"""The package of the scripts and the stub servers can be imported in every test."""

import sys
from pathlib import Path

TESTS = Path(__file__).parent
REPOSITORY = TESTS.parent
sys.path[:0] = [str(TESTS)]
sys.path.append(str(REPOSITORY / "scripts"))

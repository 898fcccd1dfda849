"""Import paths for the package of the scripts and the stub servers."""

import signal
import sys
from pathlib import Path

TESTS = Path(__file__).parent
REPOSITORY = TESTS.parent
sys.path[:0] = [str(TESTS)]
sys.path.append(str(REPOSITORY / "scripts"))

if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:  # set by `make test &` in a script
    signal.signal(signal.SIGINT, signal.default_int_handler)

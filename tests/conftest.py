"""Import paths for the package of the scripts and the stub servers."""

import signal
import sys
from pathlib import Path

import pytest

TESTS = Path(__file__).parent
REPOSITORY = TESTS.parent
sys.path[:0] = [str(TESTS)]
sys.path.append(str(REPOSITORY / "scripts"))

if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:  # set by `make test &` in a script
    signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(autouse=True)
def forget_secrets():
    """Forget the secrets that a test registers: they would be hidden in the messages of later tests."""
    from audio_pipeline import sanitize

    known = set(sanitize._secrets)
    yield
    sanitize._secrets.clear()
    sanitize._secrets.update(known)

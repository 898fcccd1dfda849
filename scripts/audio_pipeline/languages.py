"""Which language a text is in, as py3langid knows it.

Its model takes 0.4 s to load, and is needed when a script was written. A run's warm process (serve_jobs.py) loads it
while the first scripts are being written; their jobs, which it forked before, have it rank their texts.
"""

import json
from pathlib import Path

from . import warm_jobs

PROGRAM = Path(__file__).parents[1] / "rank_languages.py"
_loaded = []  # py3langid


def load() -> None:
    """Have the model in this process, and in those that are forked from it from then on."""
    import py3langid

    if not _loaded:
        py3langid.rank("")
        _loaded.append(py3langid)


def rank(text: str) -> list[tuple[str, float]]:
    """Languages (ISO 639-1) with the logarithm of their likelihood, the best first."""
    said = None if _loaded else warm_jobs.output_of([str(PROGRAM), json.dumps(text)])
    if said:
        return [(name, score) for name, score in json.loads(said)]
    load()
    return [(name, float(score)) for name, score in _loaded[0].rank(text)]

"""Language detection by py3langid.

Loading its model takes 0.4 s, so the process that jobs are forked from (serve_jobs.py) loads it once.
"""


def load() -> None:
    """Load the model, for this process and later forks."""
    import py3langid

    py3langid.rank("")


def rank(text: str) -> list[tuple[str, float]]:
    """Return languages (ISO 639-1) with their log-likelihoods, the best first."""
    import py3langid

    return [(name, float(score)) for name, score in py3langid.rank(text)]

"""Which language a text is in, as py3langid knows it.

Its model takes 0.4 s to load: a run's job server (serve_jobs.py) loads it once, and the jobs that it forks have it.
"""


def load() -> None:
    """Load the model, for this process and all that are forked from it from then on."""
    import py3langid

    py3langid.rank("")


def rank(text: str) -> list[tuple[str, float]]:
    """Languages (ISO 639-1) with the logarithm of their likelihood, the best first."""
    import py3langid

    return [(name, float(score)) for name, score in py3langid.rank(text)]

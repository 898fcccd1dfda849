"""Sketches of scripts: similar scripts become candidates, dissimilar ones hardly ever."""

import random
from collections.abc import Iterator

import numpy as np
import pytest
from audio_pipeline.similarity import minhash


def pairs(jaccard: float, count: int) -> Iterator[tuple[set[str], set[str]]]:
    """Yield sets of shingles with at least this index, and exactly this one where possible."""
    dice = random.Random(7)
    for number in range(count):
        size = dice.randint(5, 400)  # of their union
        common = int(-(-jaccard * size // 1))
        shared = {f"in both {number}-{one}" for one in range(common)}
        rest = [f"in one {number}-{one}" for one in range(size - common)]
        half = dice.randint(0, len(rest))
        yield shared | set(rest[:half]), shared | set(rest[half:])


def same(one: set[str], other: set[str]) -> int:
    letters = np.frombuffer(minhash.sketch(one), np.uint8)
    return int(minhash.count_same(letters[None], minhash.sketch(other))[0])


@pytest.mark.parametrize("jaccard", [0.6, 0.65, 0.8, 1.0])
def test_pairs_that_are_alike_enough_are_candidates(jaccard):
    """At 0.6, 0.03 % are missed: 0.3 of these 1000."""
    missed = sum(same(*pair) < minhash.LEAST_SAME for pair in pairs(jaccard, 1000))

    assert missed <= (jaccard == 0.6)


def test_pairs_that_are_not_alike_are_hardly_ever_candidates():
    assert sum(same(*pair) >= minhash.LEAST_SAME for pair in pairs(0.2, 300)) <= 6


def test_sketches_are_the_same_in_every_process_and_version():
    """After a change, increase the number in similarity.index._FORMAT."""
    assert minhash.sketch({"tea is hot", "is hot and"})[:12] == b"7y7y77777yyy"

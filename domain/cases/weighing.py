"""A trained model as numbers: which words speak for which category, and how much; read with plain Python.

The text's words are weighed (1 + ln how often, times how rare, together of length one) and each category sums up what
they say for it. So each suggestion can be told by its words. Reading a model needs nothing of the trainer's library.
"""

import zlib
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from math import exp, log, sqrt
from typing import Any

import orjson

from domain.marks import cutting, marking

SHORTEST = 2  # characters of a word that says something
REASONS = 5  # words that are told


@dataclass(frozen=True)
class Weights:
    """`words`: of each, how rare it is and what it says for each category, in their order."""

    version: int
    trained_on: str
    texts: int
    categories: Sequence[str]
    intercepts: Sequence[float]
    words: Mapping[str, tuple[float, Sequence[float]]]


@dataclass(frozen=True, slots=True)
class Weighed:
    """A category, how sure it is (0 to 1), and the words that speak for it."""

    category: str
    confidence: float
    words: list[str]


class Altered(Exception):
    """A stored model is not what was trained."""


def words_of(text: str) -> list[str]:
    """The words by which a text is weighed: nothing that names somebody, no numbers, no single characters."""
    plain = marking.even(text)[: cutting.LONGEST]
    for mark in reversed(marking.found(plain)):
        plain = f"{plain[: mark.start]} {plain[mark.end :]}"
    return [
        word
        for word in cutting.cut(plain)
        if len(word) >= SHORTEST and all("\u3400" <= one <= "\u9fff" for one in word)
    ]


def weighed(weights: Weights, words: Sequence[str]) -> list[Weighed]:
    """Every category, the surest first; nothing for a text without a word that the model knows."""
    known = {
        word: (1 + log(times)) * weights.words[word][0]
        for word, times in Counter(words).items()
        if word in weights.words
    }
    if not known:
        return []
    length = sqrt(sum(value * value for value in known.values()))
    sums = list(weights.intercepts)
    for word, value in known.items():
        for place, weight in enumerate(weights.words[word][1]):
            sums[place] += weight * value / length
    most = max(sums)
    shares = [exp(one - most) for one in sums]
    order = sorted(range(len(sums)), key=lambda place: (-sums[place], weights.categories[place]))
    return [
        Weighed(weights.categories[place], shares[place] / sum(shares), _reasons(weights, known, place))
        for place in order[:3]
    ]


def _reasons(weights: Weights, known: Mapping[str, float], place: int) -> list[str]:
    said = {word: weights.words[word][1][place] * value for word, value in known.items()}
    return [word for word in sorted(said, key=lambda word: (-said[word], word)) if said[word] > 0][:REASONS]


def packed(content: Mapping[str, Any]) -> tuple[bytes, bytes]:
    """A model as it is kept, and its hash."""
    plain = orjson.dumps(content, option=orjson.OPT_SORT_KEYS)
    return zlib.compress(plain, 9), sha256(plain).digest()


def unpacked(kept: bytes, digest: bytes) -> Weights:
    """A model as it was kept; raises Altered."""
    plain = zlib.decompress(kept)
    if sha256(plain).digest() != digest:
        raise Altered("the model's hash is another")
    return Weights(**orjson.loads(plain))

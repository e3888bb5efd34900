"""Training: a linear model over words from our own closed cases and from seeds, and how often it is right on others.

The same texts give the same model, to the byte. The library that trains is imported here and nowhere else.
"""

import json
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

from domain.cases import suggesting, weighing
from domain.loop import packs
from kit import clock
from kit.errors import Conflict
from models import SuggestModel
from models.database import connection

MOST_TEXTS = 20_000  # of closed cases, the newest: a training takes a minute at most
PARTS = 5
KEPT_DIGITS = 4  # of a weight
FEW = 20  # texts without which there is nothing to learn


class TooFew(Conflict):
    """There are too few texts to learn from."""

    code, message = "too_few_texts", "可供训练的文本太少，请用 --samples 提供样例，或等有更多办结件后再训练"


@dataclass(frozen=True, slots=True)
class Text:
    """A text, what it is about, and where it comes from: case, sample or rule."""

    words: tuple[str, ...]
    category: str
    source: str

    @property
    def part(self) -> int:
        """By its words: which of the parts it is held out with. Equal texts go together."""
        return int.from_bytes(sha256(" ".join(self.words).encode()).digest()[:4], "big") % PARTS


# Of closed cases without anybody excluded, so that the model says nothing of one that is kept from its reader.
_CLOSED = """
SELECT string_agg(t.text, E'\\n' ORDER BY t.seq) AS text, c.category_id AS category
FROM (SELECT id FROM matter WHERE kind = 'case' AND stage = 'closed' AND sealed_at IS NULL
      AND NOT EXISTS (SELECT 1 FROM recusal r WHERE r.matter_id = matter.id)
      ORDER BY filed_on DESC, id LIMIT $1) m
JOIN case_file c ON c.matter_id = m.id JOIN case_text t ON t.matter_id = m.id GROUP BY m.id, c.category_id
"""


async def texts_of(samples: Sequence[Path]) -> list[Text]:
    """What there is to learn from: closed cases, samples (JSON lines with text and category), the categories' words."""
    categories = (await packs.book()).categories
    rows = await connection().execute_query_dict(_CLOSED, [MOST_TEXTS])
    found = [Text(tuple(weighing.words_of(row["text"])), row["category"], "case") for row in rows]
    for path in samples:
        for line in path.read_text(encoding="utf-8").splitlines():
            row = json.loads(line)
            found.append(Text(tuple(weighing.words_of(row["text"])), row["category"], "sample"))
    found += [
        Text(tuple(weighing.words_of(said)), code, "rule")
        for code, category in categories.items()
        for said in (f"{category.name}。{category.plain}", *suggesting.seeds(code))
    ]
    return sorted(
        (text for text in found if text.words and text.category in categories),
        key=lambda text: (text.source, text.category, text.words),
    )


def trained(texts: Sequence[Text], seed: int) -> dict[str, Any]:
    """The weights of a model of these texts."""
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.linear_model import LogisticRegression
    from threadpoolctl import threadpool_limits

    counts = Counter(word for text in texts for word in set(text.words))
    rules = {word for text in texts if text.source == "rule" for word in text.words}
    vocabulary = sorted(word for word, times in counts.items() if times > 1 or word in rules)
    if len(texts) < FEW or len({text.category for text in texts}) < 3 or not vocabulary:
        raise TooFew
    vectorizer = TfidfVectorizer(analyzer=list, vocabulary=vocabulary, sublinear_tf=True)
    matrix = vectorizer.fit_transform([text.words for text in texts])
    fitted = LogisticRegression(C=20.0, class_weight="balanced", max_iter=500, random_state=seed)
    with threadpool_limits(1):  # the sums are small: threads would only wait for each other, and add in another order
        fitted.fit(matrix, [text.category for text in texts])
    rounded = fitted.coef_.round(KEPT_DIGITS)
    return {
        "categories": [str(one) for one in fitted.classes_],
        "intercepts": fitted.intercept_.round(KEPT_DIGITS).tolist(),
        "words": {
            word: [round(float(vectorizer.idf_[place]), KEPT_DIGITS), rounded[:, place].tolist()]
            for place, word in enumerate(vocabulary)
        },
    }


def reported(texts: Sequence[Text], seed: int) -> dict[str, Any]:
    """How often a model is right on texts it has not seen: each is held out once, one in five at a time."""
    right: Counter[str] = Counter()
    of: Counter[str] = Counter()
    given: Counter[str] = Counter()
    confused: Counter[tuple[str, str]] = Counter()
    by_source: dict[str, list[int]] = defaultdict(lambda: [0, 0, 0])
    for part in range(PARTS):
        held = [text for text in texts if text.source != "rule" and text.part == part]
        rest = [text for text in texts if text.source == "rule" or text.part != part]
        if not held:
            continue
        weights = weighing.Weights(0, "", len(rest), **trained(rest, seed))
        for text in held:
            found = [one.category for one in weighing.weighed(weights, text.words)] or ["—"]
            of[text.category] += 1
            given[found[0]] += 1
            tally = by_source[text.source]
            tally[0] += 1
            tally[2] += text.category in found
            if found[0] == text.category:
                right[text.category] += 1
                tally[1] += 1
            else:
                confused[text.category, found[0]] += 1
    whole = sum(of.values())
    shares = [2 * right[one] / (of[one] + given[one]) for one in of]
    return {
        "held_out": whole,
        "accuracy": round(sum(right.values()) / whole, 4) if whole else None,
        "macro_f1": round(sum(shares) / len(shares), 4) if shares else None,
        "sources": {
            name: {"texts": tally[0], "right": tally[1], "among_three": tally[2]}
            for name, tally in sorted(by_source.items())
        },
        "categories": {one: {"texts": of[one], "right": right[one], "given": given[one]} for one in sorted(of)},
        "confused": [
            [*pair, times] for pair, times in sorted(confused.items(), key=lambda one: (-one[1], one[0]))[:10]
        ],
    }


async def learned(samples: Sequence[Path], seed: int = 1) -> SuggestModel:
    """Train and keep a model with its report; raises TooFew."""
    texts = await texts_of(samples)
    content, report = trained(texts, seed), reported(texts, seed)
    newest = await SuggestModel.all().order_by("-version").first()
    version = newest.version + 1 if newest else 1
    told = {"version": version, "trained_on": str(clock.today()), "texts": len(texts)}
    kept, digest = weighing.packed(content | told)
    return await SuggestModel.create(
        version=version, trained_on=clock.today(), texts=len(texts), sha256=digest, content=kept, report=report
    )

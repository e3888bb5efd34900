"""票箱: a channel's votes of a report in one row: counters that are sealed, and who has voted as sorted keyed hashes.

There is no row of a vote, no time of one, and nothing in a box has an order; `docs/security.md` says what is left.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from struct import pack, unpack
from uuid import UUID, uuid4

import orjson
from tortoise.transactions import in_transaction

from domain.voices.electors import Elector, RatingOver
from kit import clock, crypto
from kit.errors import Conflict, Invalid
from kit.settings import Settings
from models import RatingBox, RatingChannelCode, RatingCriterion
from models.database import connection

WORST, BEST = 1, 5
SCORES = BEST - WORST + 1
HASH = 16  # bytes of a keyed hash: no two of a billion are the same


class AlreadyVoted(Conflict):
    """One person, one vote for a report and channel; nobody can find it again, so nobody can take it back."""

    code, message = "already_voted", "您已经评议过；每人对每篇报告只评议一次，评议不能追溯和撤回"


@dataclass(frozen=True, slots=True)
class Ballot:
    """What somebody meets who is about to vote; `voted` is None once nobody can tell."""

    criteria: list[RatingCriterion]
    open: bool
    voted: bool | None


async def met(settings: Settings, elector: Elector) -> Ballot:
    """The form, and whether this person has used it."""
    box = await RatingBox.get_or_none(report_id=elector.rated.id, channel=elector.channel)
    open_ = not elector.rated.over and not (box and box.closed_on)
    voted = bool(box and _among(box.voters, _hashes(settings, elector))) if open_ else None
    return Ballot(await _criteria(elector.channel, box.criteria if box else None), open_, voted)


async def cast(settings: Settings, elector: Elector, scores: Mapping[str, int], words: str | None) -> None:
    """Put a vote into its box; raises RatingOver, AlreadyVoted, or Invalid unless each criterion has its score."""
    if elector.rated.over:
        raise RatingOver
    async with in_transaction():
        box = await _opened(settings, elector)
        if box.closed_on or box.sealed is None:
            raise RatingOver
        hashes = _hashes(settings, elector)
        if _among(box.voters, hashes):
            raise AlreadyVoted
        counts = _counted(_unsealed(settings, box), box.criteria, scores)
        box.voters = _with(box.voters, hashes[0])
        box.sealed = _sealed(settings, box, counts)
        if words:
            box.words = _sealed_words(settings, box, [*words_in(settings, box), words])
            box.words_on = box.words_on or clock.today()
        await box.save(update_fields=["voters", "sealed", "words", "words_on"])


async def _opened(settings: Settings, elector: Elector) -> RatingBox:
    """The box, locked; made with the first vote."""
    criteria = [one.code for one in await _criteria(elector.channel, None)]
    fresh = RatingBox(id=uuid4(), report_id=elector.rated.id, channel=elector.channel, criteria=criteria, voters=b"")
    sealed = _sealed(settings, fresh, [0] * (1 + SCORES * len(criteria)))
    await connection().execute_query(
        "INSERT INTO rating_box (id, report_id, channel, criteria, voters, sealed) VALUES ($1, $2, $3, $4, '', $5)"
        " ON CONFLICT (report_id, channel) DO NOTHING",
        [fresh.id, fresh.report_id, fresh.channel, criteria, sealed],
    )
    return await RatingBox.select_for_update().get(report_id=elector.rated.id, channel=elector.channel)


async def _criteria(channel: RatingChannelCode, codes: Sequence[str] | None) -> list[RatingCriterion]:
    """Those that a box was opened with, else those of the channel today."""
    found = await RatingCriterion.all().order_by("order")
    return [one for one in found if (channel in one.channels if codes is None else one.code in codes)]


def _hashes(settings: Settings, elector: Elector) -> list[bytes]:
    """How a voter is known in this box and in no other: by the present index key first, then by the one before."""
    about = (b"vote", elector.rated.id.bytes, elector.channel.encode())
    keys = [settings.index, *([settings.before.index] if settings.before else [])]
    return [crypto.keyed_hash(crypto.keyed_hash(key, *about), elector.name)[:HASH] for key in keys]


def _set(voters: bytes) -> set[bytes]:
    return {voters[start : start + HASH] for start in range(0, len(voters), HASH)}


def _among(voters: bytes, hashes: Sequence[bytes]) -> bool:
    return not _set(voters).isdisjoint(hashes)


def _with(voters: bytes, one: bytes) -> bytes:
    return b"".join(sorted(_set(voters) | {one}))


def _counted(counts: list[int], criteria: Sequence[str], scores: Mapping[str, int]) -> list[int]:
    if set(scores) != set(criteria):
        fields = [{"path": f"scores.{code}", "message": "请评分"} for code in criteria if code not in scores]
        raise Invalid(details={"fields": fields or [{"path": "scores", "message": "评议项目有变化，请刷新后再评"}]})
    counts = [counts[0] + 1, *counts[1:]]
    for place, code in enumerate(criteria):
        counts[1 + place * SCORES + scores[code] - WORST] += 1
    return counts


def about(report_id: UUID, channel: str) -> bytes:
    """What a sealed part of a box says that it is."""
    return b"rating box" + report_id.bytes + channel.encode()


def about_words(report_id: UUID, channel: str) -> bytes:
    """The same of its words."""
    return b"words of " + about(report_id, channel)


def _sealed(settings: Settings, box: RatingBox, counts: Sequence[int]) -> bytes:
    """Always as long for as many criteria, so that the length tells nothing."""
    plain = pack(f">{len(counts)}I", *counts)
    return crypto.seal(settings.master, plain, about=about(box.report_id, box.channel), cipher=settings.cipher)


def _unsealed(settings: Settings, box: RatingBox) -> list[int]:
    plain = crypto.open_with(settings.masters, box.sealed or b"", about=about(box.report_id, box.channel))
    return list(unpack(f">{len(plain) // 4}I", plain))


def words_in(settings: Settings, box: RatingBox) -> list[str]:
    """What was written and has not been taken out."""
    if box.words is None:
        return []
    found = crypto.open_with(settings.masters, box.words, about=about_words(box.report_id, box.channel))
    words: list[str] = orjson.loads(found)
    return words


def _sealed_words(settings: Settings, box: RatingBox, words: Sequence[str]) -> bytes:
    whose = about_words(box.report_id, box.channel)
    return crypto.seal(settings.master, orjson.dumps(words), about=whose, cipher=settings.cipher)


def closed(settings: Settings, box: RatingBox, fewest: int) -> None:
    """Close a box for good: the voters go, and the counters too unless they are of enough people."""
    counts = _unsealed(settings, box)
    if counts[0] >= fewest:
        box.votes, box.sums = counts[0], counts[1:]
    box.voters, box.sealed, box.closed_on = b"", None, clock.today()

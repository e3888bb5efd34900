"""内容安全: what is to be published is looked at by WeChat, and by a person wherever WeChat does not simply pass it.

Only the subjects listed here are ever asked about. A case is none of them: it goes to no third party, and no machine
refuses it.
"""

import asyncio
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Protocol
from uuid import UUID, uuid4

import structlog
from tortoise.transactions import in_transaction

from kit import clock, crypto
from kit.errors import Conflict, NotFound
from kit.settings import Settings
from kit.words import phrase
from models import CheckAnswer, CheckState, ContentCheck, FileCopy
from models.database import connection, insert

SUBJECTS = frozenset({"report", "comment", "typical_case"})
SORTS = frozenset({"text", "picture", "sound", "film"})
ANSWERS_WITHIN = timedelta(minutes=35)  # WeChat says 30 (wechat.md, 9.2)
GOOD_FOR = timedelta(minutes=30)  # of the address at which WeChat fetches a file
MOST_ATTEMPTS = 5
ASKS = 2  # of a file whose answer does not come
# What WeChat found, or why it was not asked, as a person reads it.
WHYS = {
    "100": "正常",
    "10001": "广告",
    "20001": "时政",
    "20002": "色情",
    "20003": "辱骂",
    "20006": "违法犯罪",
    "20008": "欺诈",
    "20012": "低俗",
    "20013": "版权",
    "21000": "其他",
    "no_account": "没有设置小程序，微信不能检查",
    "no_openid": "提交人没有绑定小程序，微信不能检查",
    "61010": "提交人近两小时没有打开小程序，微信不能检查",
    "away": "微信没有回答",
    "silent": "微信没有给出结果",
    "failed": "检查没有办成",
}
OTHER = "微信没有检查（{code}）"
_HELD = timedelta(minutes=10)
_CUTS_WITHIN = timedelta(minutes=9)  # nobody writes pieces of a film who does not hold it any more
_LONGEST_PAUSE = 1800  # seconds; who would wait longer is looked at by a person instead
_log = structlog.get_logger()


class Decided(Conflict):
    """Nobody is asked to decide this, or somebody has."""

    code, message = "check_decided", "这项内容不在等待人工审核，或者已经审核"


class BeingCut(Exception):
    """A worker may be writing pieces of a film; when it is done, or its hold is over, nobody writes any more."""


@dataclass(frozen=True, slots=True)
class Part:
    """One thing to look at: the text itself, or where the cleaned copy of a file lies. `name` has no slash."""

    name: str
    sort: str
    content: str


@dataclass(frozen=True, slots=True)
class Opinion:
    """What WeChat says of a text; whatever is not passed goes to a person with the label."""

    passed: bool
    label: str


class Unasked(Exception):
    """There is no opinion now; in `seconds` it may be asked for again, or never (None). `why` is one word."""

    def __init__(self, why: str, seconds: int | None = None) -> None:
        self.why, self.seconds = why, seconds
        super().__init__(why)


class Asking(Protocol):
    """Whoever speaks to WeChat; all of it raises Unasked."""

    async def text(self, openid: str, text: str) -> Opinion:
        """WeChat's opinion of a text of any length."""

    async def file(self, openid: str, sort: str, stored: str, address: str) -> str:
        """Ask about a picture or sound, which lies in storage and at this address; gives the trace id."""

    async def pieces(self, stored: str, below: str) -> list[tuple[str, str]]:
        """Cut a film into pictures and sound, kept in storage below a name; gives (sort, name) of each."""

    async def dropped(self, pieces: list[tuple[str, str]]) -> None:
        """Remove pieces from storage."""


async def asked_for(
    settings: Settings, subject: str, subject_id: UUID, parts: Sequence[Part], *, openid: str = ""
) -> None:
    """Have these parts, and no others, of something looked at; what was looked at already is not asked about again.

    `openid` is whoever publishes, in the mini-program and within two hours of being there; without one a person looks.
    Raises ValueError for a subject that is never sent to WeChat, and for a file that is not a cleaned copy.
    """
    if subject not in SUBJECTS:
        raise ValueError(f"{subject} is never sent to a third party")
    for part in parts:
        if part.sort not in SORTS or "/" in part.name:
            raise ValueError(f"{part.name}: {part.sort}")
        if part.sort != "text" and not await FileCopy.exists(stored=part.content):
            raise ValueError(f"{part.name} is no cleaned copy")
    async with in_transaction():
        await _lock(f"{subject}:{subject_id}")
        known = await ContentCheck.filter(subject=subject, subject_id=subject_id)
        same = {row.part for row in known for part in parts if _is(row, part)}
        gone = [row.id for row in known if row.part.partition("/")[0] not in same]
        await ContentCheck.filter(id__in=gone).delete()
        new = [part for part in parts if part.name not in same]
        await insert([_row(settings, subject, subject_id, part, openid) for part in new])


async def state_of(subject: str, subject_id: UUID) -> CheckState:
    """PASSED only if all of it is; REFUSED or PERSON if any part is; else OWED: wait."""
    found = set(await _states(subject, subject_id))
    for worst in (CheckState.REFUSED, CheckState.PERSON):
        if worst in found:
            return worst
    return CheckState.PASSED if found == {CheckState.PASSED} else CheckState.OWED


async def _states(subject: str, subject_id: UUID) -> list[CheckState]:
    return [row.state for row in await ContentCheck.filter(subject=subject, subject_id=subject_id).only("id", "state")]


_CLAIMED = """
UPDATE content_check SET fence = fence + 1, held_until = $2, attempts = attempts + 1 WHERE id = (
    SELECT id FROM content_check WHERE state IN ('owed', 'asked') AND due_at <= $1
        AND (held_until IS NULL OR held_until < $1) ORDER BY due_at, id LIMIT 1 FOR UPDATE SKIP LOCKED
) RETURNING id
"""


async def asked(settings: Settings, asking: Asking | None, limit: int = 100) -> int:
    """Ask about what is due, one after the other; returns how many. Without anybody to ask, a person looks."""
    done = 0
    while done < limit:
        now = clock.now()
        rows = await connection().execute_query_dict(_CLAIMED, [now, now + _HELD])
        if not rows:
            break
        check = await ContentCheck.get(id=rows[0]["id"])
        done += 1
        try:
            await _asked(settings, asking, check)
        except Unasked as unasked:
            await _put_off(check, unasked)
        except Exception as error:  # noqa: BLE001  # one that fails must not hold up the others
            _log.warning("content_check_fails", kind=type(error).__name__)
            await _put_off(check, Unasked("failed", 60))
    return done


async def _asked(settings: Settings, asking: Asking | None, check: ContentCheck) -> None:
    if check.state is CheckState.ASKED and check.attempts > ASKS:
        raise Unasked("silent")
    if asking is None:
        raise Unasked("no_account")
    if check.openid is None:  # before a film is cut: a person looks at it whole
        raise Unasked("no_openid")
    if check.sort == "film":
        await _cut(asking, check)
        return
    openid = crypto.open_with(settings.masters, check.openid, about=about(check.subject, check.subject_id)).decode()
    if check.sort == "text":
        opinion = await asking.text(openid, check.content)
        await _mine(check).update(held_until=None, **_outcome(opinion.passed, opinion.label))
        return
    trace_id = await asking.file(openid, check.sort, check.content, address(settings, check.id))
    async with in_transaction():
        await _lock(trace_id)
        due = clock.now() + ANSWERS_WITHIN
        mine = await _mine(check).update(trace_id=trace_id, state=CheckState.ASKED, due_at=due, held_until=None)
        early = await CheckAnswer.get_or_none(trace_id=trace_id) if mine else None
        if early is not None:
            await ContentCheck.filter(id=check.id).update(**_outcome(early.passed, early.label))
            await early.delete()


def pieces_of(subject_id: UUID) -> str:
    """Below what name the pieces of all films of something lie, those of earlier versions too."""
    return f"checks/{subject_id}/"


async def _cut(asking: Asking, film: ContentCheck) -> None:
    """Its pieces are checked in its place; both or neither is written, and what was cut for nobody does not stay."""
    async with asyncio.timeout(_CUTS_WITHIN.total_seconds()):
        pieces = await asking.pieces(film.content, f"{pieces_of(film.subject_id)}{film.id}/{film.fence}")
    if not await _recorded(film, pieces):
        await asking.dropped(pieces)


async def _recorded(film: ContentCheck, pieces: list[tuple[str, str]]) -> bool:
    async with in_transaction():
        if not await _mine(film).update(state=CheckState.PASSED, label="pieces", held_until=None):
            return False
        await insert(
            ContentCheck(
                id=uuid4(), subject=film.subject, subject_id=film.subject_id, part=f"{film.part}/{number}", sort=sort,
                content=stored, openid=film.openid, state=CheckState.OWED, due_at=clock.now(),
            )
            for number, (sort, stored) in enumerate(pieces)
        )  # fmt: skip
    return True


async def forgotten(subject_id: UUID) -> None:
    """With what was looked at goes all that was asked about it, in the caller's transaction; raises BeingCut."""
    now = clock.now()
    for check in await ContentCheck.filter(subject_id=subject_id).select_for_update():
        if check.sort == "film" and check.held_until and check.held_until > now:
            raise BeingCut
    await ContentCheck.filter(subject_id=subject_id).delete()


async def _put_off(check: ContentCheck, unasked: Unasked) -> None:
    seconds = unasked.seconds
    if seconds is None or seconds > _LONGEST_PAUSE or check.attempts >= MOST_ATTEMPTS:
        await _mine(check).update(held_until=None, **_outcome(False, unasked.why))
        return
    due = clock.now() + timedelta(seconds=seconds * 2 ** (check.attempts - 1))
    await _mine(check).update(held_until=None, due_at=due)


async def answered(trace_id: str, *, passed: bool, label: str) -> None:
    """WeChat's answer about a file. Early ones wait for their check; late ones count until a person has decided."""
    async with in_transaction():
        await _lock(trace_id)
        check = await ContentCheck.filter(trace_id=trace_id).select_for_update().first()
        if check is None:
            if not await CheckAnswer.exists(trace_id=trace_id):
                await CheckAnswer.create(trace_id=trace_id, passed=passed, label=label[:40], received_on=clock.today())
        elif check.state is CheckState.ASKED or (check.state is CheckState.PERSON and check.label == "silent"):
            await ContentCheck.filter(id=check.id).update(**_outcome(passed, label))


async def swept() -> int:
    """Forget answers that nothing asked for; returns how many."""
    return await CheckAnswer.filter(received_on__lt=clock.today()).delete()


async def decided(check_id: UUID, post_id: UUID, *, passed: bool, reason: str) -> ContentCheck:
    """A person's decision, which stays with their post and reason; raises NotFound or Decided."""
    state = CheckState.PASSED if passed else CheckState.REFUSED
    changed = {"state": state, "decided_by_id": post_id, "reason": reason}
    done = await ContentCheck.filter(id=check_id, state=CheckState.PERSON).update(**changed)
    check = await ContentCheck.get_or_none(id=check_id)
    if check is None:
        raise NotFound("没有找到这项内容")
    if not done:
        raise Decided
    return check


def said(label: str) -> str:
    """The label of a check in words."""
    if label == "pieces":
        return ""
    return phrase(WHYS[label]) if label in WHYS else phrase(OTHER).format(code=label)


def address(settings: Settings, check_id: UUID) -> str:
    """Where WeChat fetches the file of a check, and nobody finds anything else, for half an hour."""
    until = int((clock.now() + GOOD_FOR).timestamp()).to_bytes(8, "big")
    token = check_id.bytes + until
    return f"{settings.url}/checked/{urlsafe_b64encode(token + _mark(settings, token)).decode().rstrip('=')}"


async def stored_at(settings: Settings, token: str) -> str:
    """Where the file lies in storage that an address of ours leads to; raises NotFound for any other, and late ones."""
    try:
        raw = urlsafe_b64decode(token + "=" * (-len(token) % 4))
    except ValueError:
        raise NotFound from None
    told, mark = raw[:24], raw[24:]
    if not crypto.same(mark, _mark(settings, told)) or int.from_bytes(told[16:], "big") < clock.now().timestamp():
        raise NotFound
    open_ = [CheckState.OWED, CheckState.ASKED, CheckState.PERSON]
    check = await ContentCheck.get_or_none(id=UUID(bytes=told[:16]), state__in=open_).only("content", "sort")
    if check is None or check.sort == "text":
        raise NotFound
    return check.content


def _mark(settings: Settings, told: bytes) -> bytes:
    return crypto.keyed_hash(settings.index, b"content check", told)[:16]


def about(subject: str, subject_id: UUID) -> bytes:
    """What the sealed openid of a check says that it is."""
    return b"content check" + subject.encode() + subject_id.bytes


def _mine(check: ContentCheck) -> Any:  # a query of Tortoise's
    return ContentCheck.filter(id=check.id, fence=check.fence)


def _outcome(passed: bool, label: str) -> dict[str, Any]:  # noqa: FBT001  # WeChat's answer
    return {"state": CheckState.PASSED if passed else CheckState.PERSON, "label": label[:40]}


def _is(row: ContentCheck, part: Part) -> bool:
    return (row.part, row.sort, row.content) == (part.name, part.sort, part.content)


def _row(settings: Settings, subject: str, subject_id: UUID, part: Part, openid: str) -> ContentCheck:
    whose = about(subject, subject_id)
    sealed = crypto.seal(settings.master, openid.encode(), about=whose, cipher=settings.cipher)
    return ContentCheck(
        id=uuid4(),
        subject=subject,
        subject_id=subject_id,
        part=part.name,
        sort=part.sort,
        content=part.content,
        openid=sealed if openid else None,
        state=CheckState.OWED,
        due_at=clock.now(),
    )


async def _lock(name: str) -> None:
    """One at a time for this name, until the transaction ends."""
    await connection().execute_query("SELECT pg_advisory_xact_lock(hashtextextended($1, 0))", [f"check:{name}"])

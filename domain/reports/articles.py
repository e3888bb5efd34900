"""公众号草稿: a report that everybody may see, as an article's draft at the official account, and out of it again.

A step asks for it and a withdrawal takes it back; both are rows that the worker carries out. Nothing is published here:
a person does that in WeChat's console. What may be there twice, or published already, is told to the reviewing office.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from html import escape
from typing import Any, Protocol
from uuid import UUID, uuid4

import structlog

from domain.loop.kinds import Move
from domain.people.actors import VISITOR
from domain.reports import column, picture
from kit import clock
from kit.errors import Conflict, NotFound
from kit.settings import Settings
from kit.words import label, phrase
from models import ArticleDraft, DraftState, ReportScope
from models.database import connection

TITLE, AUTHOR, DIGEST, CONTENT = 32, 16, 120, 18_000  # characters that an article may have, and some to spare
MOST_ATTEMPTS = 8
_HELD = timedelta(minutes=5)
_LONGEST_PAUSE = 6 * 3600  # seconds
_log = structlog.get_logger()

STATES = {
    DraftState.OWED: "等待送到公众号草稿箱",
    DraftState.THERE: "已在公众号草稿箱，请到公众平台查看、发布",
    DraftState.REFUSED: "公众号没有收下",
    DraftState.UNSURE: "没有收到微信的回答，请先到公众平台的草稿箱查看是否已有",
    DraftState.LEAVING: "等待从公众号草稿箱删除",
    DraftState.GONE: "已不在公众号草稿箱",
    DraftState.LEFT: "草稿没有删除，文章可能已经发布，请到公众平台删除",
}
NO_ACCOUNT, FAILED = "no_account", "failed"
SENDING = "sending"  # as `why`: WeChat was asked for the draft, and its answer is not written down
WHYS = {NO_ACCOUNT: "没有设置公众号", "away": "微信没有回答", FAILED: "没有办成"}
CODE = "微信错误码 {code}"


class NotForAll(Conflict):
    """An article is for everybody, so the report has to be, too."""

    code, message = "not_for_all", "只有向社会公开的述法报告才能送公众号"


class DraftThere(Conflict):
    """One draft of a report at a time."""

    code, message = "draft_there", "公众号草稿已经送出，或者正在送出"


@dataclass(frozen=True, slots=True)
class Article:
    """What a draft says; `content` is HTML."""

    title: str
    author: str
    digest: str
    content: str
    source: str
    cover: bytes


class Unsent(Exception):
    """WeChat did not do it; in `seconds` it may be asked again, or never (None). `why` is its code, or a word."""

    def __init__(self, why: str, seconds: int | None = None) -> None:
        self.why, self.seconds = why, seconds
        super().__init__(why)


class Lost(Exception):
    """The answer was lost: the draft may be there."""


class NoDraft(Exception):
    """It is no draft any more: somebody deleted or published it."""


class Drafting(Protocol):
    """Whoever speaks to WeChat; all of it raises Unsent."""

    async def cover(self, jpeg: bytes) -> str:
        """Leave the cover's picture there; gives its id."""

    async def add(self, article: Article, cover: str) -> str:
        """Add the draft and give its id; raises Lost."""

    async def delete(self, media_id: str, cover: str) -> None:
        """Delete the draft with its cover; raises NoDraft."""


async def ask(move: Move) -> None:
    """送公众号草稿, of what everybody may see now."""
    if move.subject.scope != ReportScope.PUBLIC or not move.subject.published_at:
        raise NotForAll
    open_ = [DraftState.OWED, DraftState.THERE, DraftState.LEAVING]
    if await ArticleDraft.filter(matter_id=move.matter.id, state__in=open_).exists():
        raise DraftThere
    move.fresh.append(
        ArticleDraft(id=uuid4(), matter_id=move.matter.id, state=DraftState.OWED, asked_at=move.at, due_at=move.at)
    )


async def take_back(matter_id: UUID) -> None:
    """With a withdrawal: whatever is or comes to be among the drafts is deleted there."""
    there = ArticleDraft.filter(matter_id=matter_id, state__in=[DraftState.OWED, DraftState.THERE])
    await there.update(state=DraftState.LEAVING, due_at=clock.now(), attempts=0, settled_at=None)


_CLAIMED = """
WITH next AS MATERIALIZED (
    SELECT id FROM article_draft WHERE state IN ('owed', 'leaving') AND due_at <= $1
        AND (held_until IS NULL OR held_until < $1) ORDER BY due_at, id LIMIT 1 FOR UPDATE SKIP LOCKED
)
UPDATE article_draft d SET fence = fence + 1, held_until = $2, attempts = attempts + 1 FROM next WHERE d.id = next.id
RETURNING d.id
"""


async def carried(settings: Settings, drafting: Drafting | None, limit: int = 50) -> int:
    """Send and delete what is due, one after the other; returns how many. Any number of workers may."""
    for done in range(limit):
        now = clock.now()
        rows = await connection().execute_query_dict(_CLAIMED, [now, now + _HELD])
        if not rows:
            return done
        draft = await ArticleDraft.get(id=rows[0]["id"]).select_related("matter")
        try:
            await _carried(settings, drafting, draft)
        except Unsent as unsent:
            await _put_off(draft, unsent)
        except Exception as error:  # noqa: BLE001  # one that fails must not hold up the others
            _log.warning("article_fails", kind=type(error).__name__)
            await _put_off(draft, Unsent(FAILED, 60))
    return limit


async def _carried(settings: Settings, drafting: Drafting | None, draft: ArticleDraft) -> None:
    if drafting is None:
        raise Unsent(NO_ACCOUNT)
    if draft.state is DraftState.LEAVING:
        await _deleted(drafting, draft)
    elif draft.why == SENDING:  # a worker was killed between asking and writing it down
        await _settled(draft, DraftState.UNSURE)
    else:
        await _added(settings, drafting, draft)


async def _added(settings: Settings, drafting: Drafting, draft: ArticleDraft) -> None:
    try:
        found = await column.one(VISITOR, draft.matter.number)
    except NotFound:
        await _settled(draft, DraftState.GONE)
        return
    article = article_of(settings, found)
    if not draft.cover:
        draft.cover = await drafting.cover(article.cover)
        await _mine(draft).update(cover=draft.cover)
    draft.why = SENDING
    await _mine(draft).update(why=SENDING)
    try:
        media_id = await drafting.add(article, draft.cover)
        await _mine(draft).update(media_id=media_id, why="")
    except Unsent:
        raise
    except Exception as error:  # noqa: BLE001  # Lost, or whatever happened after WeChat was asked: it may be there
        _log.warning("article_unsure", kind=type(error).__name__)
        await _settled(draft, DraftState.UNSURE)
        return
    await _settled(draft, DraftState.THERE)


async def _deleted(drafting: Drafting, draft: ArticleDraft) -> None:
    if not draft.media_id:  # never sent, or nobody knows by which id it is there
        await _settled(draft, DraftState.LEFT if draft.why == SENDING else DraftState.GONE)
        return
    try:
        await drafting.delete(draft.media_id, draft.cover)
    except NoDraft:
        await _settled(draft, DraftState.LEFT)
    else:
        await _settled(draft, DraftState.GONE)


async def _settled(draft: ArticleDraft, state: DraftState, why: str = "") -> None:
    """Unless it was taken back meanwhile: then it is only let go, to be deleted; what is not known of it stays so."""
    await _mine(draft).filter(state=draft.state).update(state=state, why=why, settled_at=clock.now())
    await _mine(draft).update(held_until=None)


async def _put_off(draft: ArticleDraft, unsent: Unsent) -> None:
    if unsent.seconds is None or draft.attempts >= MOST_ATTEMPTS:
        maybe = draft.media_id or draft.why == SENDING
        left = DraftState.LEFT if maybe else DraftState.GONE
        await _settled(draft, left if draft.state is DraftState.LEAVING else DraftState.REFUSED, unsent.why)
        return
    pause = min(unsent.seconds * 2 ** (draft.attempts - 1), max(_LONGEST_PAUSE, unsent.seconds))
    why = SENDING if draft.why == SENDING and unsent.why == FAILED else unsent.why
    await _mine(draft).update(held_until=None, why=why, due_at=clock.now() + timedelta(seconds=pause))


def _mine(draft: ArticleDraft) -> Any:  # a query of Tortoise's
    return ArticleDraft.filter(id=draft.id, fence=draft.fence)


def article_of(settings: Settings, found: dict[str, Any]) -> Article:
    """A report of the column as an article, whole where it has room."""
    parts = list(_paragraphs(found))
    content, left = "", 0
    for part in parts:
        if len(content) + len(part) > CONTENT:
            left += 1
        elif not left:
            content += part
    more = "（全文和视频请点“阅读原文”）" if left or found["clips"] else "（请点“阅读原文”评议）"
    said = next((part["text"] for part in found["sections"]), found["measures"] or "")
    return Article(
        title=_cut(found["title"], TITLE),
        author=_cut(found["unit"], AUTHOR),
        digest=_cut(" ".join(said.split()), DIGEST),
        content=f"{content}<p>{more}</p>",
        source=column.link(settings, found["number"]),
        cover=picture.cover(found),
    )


def _paragraphs(found: dict[str, Any]) -> Iterator[str]:
    yield _text(f"{found['unit']}　{found['post']}　{found['name']}　{found['year']}年度")
    for part in found["sections"]:
        yield _heading(part["name"]) + _text(part["text"])
    if found["answers"]:
        yield _heading("必述内容")
        yield from (_text(f"{one['item']}：{one['text']}") for one in found["answers"])
    if found["problems"]:
        yield _heading("存在的问题")
        yield from (_text(f"{place}．{one}") for place, one in enumerate(found["problems"], 1))
    if found["measures"]:
        yield _heading("下一步措施") + _text(found["measures"])


def _heading(text: str) -> str:
    return f"<h3>{escape(text)}</h3>"


def _text(text: str) -> str:
    return "".join(f"<p>{escape(line)}</p>" for line in text.splitlines() if line.strip())


def _cut(text: str, most: int) -> str:
    return text if len(text) <= most else text[: most - 1] + "…"


async def told(matter_id: UUID) -> dict[str, Any] | None:
    """What became of the draft that was asked for last."""
    draft = await ArticleDraft.filter(matter_id=matter_id).order_by("-asked_at", "-id").first()
    if draft is None:
        return None
    return {
        "state": draft.state,
        "state_label": label(draft.state, STATES[draft.state]),
        "why": "" if draft.state is DraftState.THERE or draft.why in ("", SENDING) else _why(draft.why),
        "at": clock.local(draft.settled_at or draft.asked_at),
    }


def _why(why: str) -> str:
    return phrase(WHYS[why]) if why in WHYS else phrase(CODE).format(code=why)

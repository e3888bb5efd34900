"""What became of notices, for those who may know it: on WeChat, or in the inbox alone; and figures for operators."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from itertools import chain
from typing import Any
from uuid import UUID

from domain.loop import sight, wording
from domain.loop.engine import met
from domain.loop.kinds import OFFICE
from domain.loop.notices import said
from domain.people.actors import Actor
from domain.people.roster_check import ROLE_NAMES
from kit import clock
from kit.errors import NotFound
from kit.words import label, phrase
from models import (
    COMPLAINANT,
    Delivery,
    DeliveryState,
    Halt,
    Matter,
    Notice,
    NoticeChannel,
    Reach,
    ReachWay,
    Relation,
    Role,
)
from models.database import connection

MOST = 200  # notices of a matter that are listed
INBOX = "inbox"
CHANNELS = {
    NoticeChannel.LASTING: "小程序订阅消息",
    NoticeChannel.SUBSCRIBE: "小程序订阅消息",
    NoticeChannel.TEMPLATE: "公众号模板消息",
    NoticeChannel.SERVICE: "公众号对话",
}
# Best first: what somebody reads of a notice that went more than one way.
FATES = {
    "arrived": "已送达微信",
    "sent": "已发往微信",
    "uncertain": "结果未知，会再发一次",
    "waiting": "等待发送",
    "failed": "微信未能发送",
    "refused": "微信未接收",
    INBOX: "仅站内通知",
}
WAYS = {
    ReachWay.ONCE: "已开启一次性微信提醒",
    ReachWay.PHONE: "已开启小程序提醒",
    ReachWay.ACCOUNT: "已开启公众号提醒",
}
_NEEDLESS = frozenset({"read", "not_theirs", "turned_off", "no_way", "unbound"})  # ended by us, before it was sent
_STATES = {
    DeliveryState.ARRIVED: "arrived",
    DeliveryState.SENT: "sent",
    DeliveryState.UNCERTAIN: "uncertain",
    DeliveryState.OWED: "waiting",
    DeliveryState.FAILED: "failed",
}

_OF = """
SELECT d.notice_id, d.account_id, l.channel, l.state, l.problem, l.lost, l.due_at, l.sent_at
FROM delivery d JOIN delivery l ON l.id = coalesce(d.with_other_id, d.id)
WHERE d.notice_id = ANY($1::uuid[]) ORDER BY l.due_at, l.id
"""


async def tries(notices: Iterable[UUID]) -> dict[UUID, list[dict[str, Any]]]:
    """Every way that was tried for each notice, in order."""
    wanted, found = list(notices), dict[UUID, list[dict[str, Any]]]()
    if wanted:
        for row in await connection().execute_query_dict(_OF, [wanted]):
            found.setdefault(row["notice_id"], []).append(dict(row))
    return found


def fate(of: Sequence[dict[str, Any]]) -> str:
    """The best that became of a notice."""
    reached = {_word(one) for one in of}
    return next((word for word in FATES if word in reached), INBOX)


def _word(one: dict[str, Any]) -> str:
    state = DeliveryState(one["state"])
    if state is DeliveryState.ENDED:
        return INBOX if one["problem"] in _NEEDLESS else "refused"
    return _STATES[state]


async def of_own(actor: Actor, notices: Iterable[UUID]) -> dict[UUID, str]:
    """What became of one's own notices; by code, and for those that went nowhere but to the inbox nothing."""
    found = await tries(notices)
    mine = {key: [one for one in rows if one["account_id"] == actor.account_id] for key, rows in found.items()}
    return {key: fate(rows) for key, rows in mine.items() if rows}


async def of_matter(actor: Actor, number: str) -> list[dict[str, Any]]:
    """The notices of a matter, newest first, and what became of each.

    The offices know all of them; a unit those to its own people; the complainant has the inbox. Raises NotFound.
    """
    scene = await met(actor, number)
    relations = sight.relations_of(actor, scene.matter, scene.involved)
    if Relation.COMPLAINANT in relations or actor.standing is None:
        raise NotFound("没有找到这个事项")
    found = Notice.filter(matter_id=scene.matter.id)
    if not relations & OFFICE:
        found = found.filter(unit_id=actor.standing.unit_id)
    rows = await found.order_by("-owed_at", "-id").limit(MOST)
    known = await tries(row.id for row in rows)
    names = chain.from_iterable((row.unit_id, row.post_id) for row in rows)
    words = await wording.words((), names, knows=sight.persons_known(actor, relations, scene.involved))
    return [_line(row, known.get(row.id, []), words) for row in rows]


def _line(row: Notice, of: list[dict[str, Any]], words: wording.Words) -> dict[str, Any]:
    found = fate(of)
    return {
        "id": row.id,
        "template": row.template,
        "text": said(row.template),
        "to": _to(row, words),
        "owed_at": row.owed_at,
        "read": row.read_at is not None,
        "fate": found,
        "fate_label": label(found, FATES[found]),
        "tries": [
            {
                "channel": one["channel"],
                "channel_label": label(one["channel"], CHANNELS[NoticeChannel(one["channel"])]),
                "state": (word := _word(one)),
                "state_label": label(word, FATES[word]),
                "at": clock.local(one["sent_at"] or one["due_at"]),
                "lost_answers": one["lost"],
                "problem": one["problem"],
            }
            for one in of
        ],
    }


def _to(row: Notice, words: wording.Words) -> str:
    if row.role == COMPLAINANT:
        return phrase("举报人")
    role = label(row.role, ROLE_NAMES[Role(row.role)]) if row.role in set(Role) else ""
    parts = (words.unit(row.post_id) or words.unit(row.unit_id), role, words.person(row.post_id))
    return " ".join(part for part in parts if part)


async def reach_of(matter: Matter) -> dict[str, Any]:
    """Which way of being told is on, as the complainant reads it. `left`: messages; -1: any number."""
    row = await Reach.get_or_none(matter_id=matter.id)
    about = {"nameless": matter.coarse, "over": matter.ended_at is not None}
    if row is None or row.way is None:
        return about | {"on": False, "way": None, "label": "", "left": 0}
    return about | {"on": True, "way": row.way, "label": phrase(WAYS[row.way]), "left": row.left}


async def warnings(now: datetime | None = None) -> dict[str, str]:
    """What an operator should look at: a channel that rests, and messages that could not be sent for a day."""
    now = now or clock.now()
    found = {}
    if await Halt.filter(until__gt=now).exists():
        found["notices_halted"] = "微信暂停了通知发送，请查看微信后台和 docs/operating.md"
    if await Delivery.filter(state=DeliveryState.FAILED, due_at__gt=now - timedelta(days=1)).exists():
        found["notices_failed"] = "有微信通知未能发出，请检查模板设置和微信后台"
    return found


_COUNTED = """
SELECT channel, state, count(*) AS n FROM delivery
WHERE due_at > $2 AND with_other_id IS NULL AND (state IN ('failed', 'uncertain') OR due_at < $1)
GROUP BY channel, state
"""
_LOST = "SELECT coalesce(sum(lost), 0) AS n FROM delivery WHERE due_at > $1"
_WAITING = "SELECT count(*) AS n FROM delivery WHERE state IN ('owed', 'uncertain') AND due_at < $1"


async def counted() -> tuple[dict[tuple[str, str], int], int, int]:
    """Messages of seven days by channel and state, answers that were lost, messages that should be out and are not.

    What went well counts from the next day on: more often than that a figure would tell that a report came in.
    """
    now, since = clock.now(), clock.start_of(clock.today() - timedelta(days=7))
    rows = await connection().execute_query_dict(_COUNTED, [clock.start_of(clock.today()), since])
    lost = await connection().execute_query_dict(_LOST, [since])
    waiting = await connection().execute_query_dict(_WAITING, [now - timedelta(minutes=5)])
    return {(row["channel"], row["state"]): row["n"] for row in rows}, lost[0]["n"], waiting[0]["n"]

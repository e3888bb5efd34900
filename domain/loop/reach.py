"""How a complainant is reached by WeChat: by their own choice, sealed, ended by them or with the case.

The handle in the vault says who it is: an openid of the mini-program with the number of messages that were consented
to, or a follower of the official account. Whoever reports without a name leaves an openid for one message, no more.
"""

from collections.abc import Collection, Sequence
from dataclasses import asdict, dataclass, field
from datetime import timedelta
from secrets import token_urlsafe
from typing import Any
from uuid import UUID

import orjson
from tortoise.transactions import in_transaction

from domain.loop.timeline import appended
from domain.people.actors import SYSTEM
from domain.vault.sealing import handle_put, handle_seen, handle_taken
from domain.wechat import consents, fans
from kit import clock, crypto
from kit.errors import Conflict
from kit.settings import Settings
from models import COMPLAINANT, DeliveryState, Fan, Matter, NoticeChannel, Reach, ReachWay, Relation
from models.database import connection, insert

CODE_LASTS = timedelta(minutes=10)
SCENE = "tell."  # what the scene of such a code begins with
MOST_LEFT = 20  # consents that are kept for a case
LASTING = -1
REASON = "用于按举报人的选择发送一条不含事项内容的微信通知"
READERS = (Relation.COMPLAINANT, Relation.INTAKE, Relation.OVERSIGHT)


class Ended(Conflict):
    """There is nothing more to tell."""

    code, message = "case_ended", "本件已经结束，不会再有新的通知"


class Nameless(Conflict):
    """A follower of the official account is known to us: that would not be anonymous."""

    code, message = "nameless", "匿名举报不能绑定公众号；请在小程序里开启一次性提醒，或凭回执查询"


@dataclass(slots=True)
class Handle:
    """What the vault holds. `left` is for `openid`: messages that were consented to, or -1; `fan` follows us."""

    app: str = ""
    openid: str = field(default="", repr=False)
    union: str = field(default="", repr=False)
    left: int = 0
    fan: str = ""

    @classmethod
    def read(cls, raw: bytes | None) -> "Handle":
        """As it was kept; empty for none."""
        return cls(**orjson.loads(raw)) if raw else cls()

    def written(self) -> bytes:
        """As it is kept."""
        return orjson.dumps(asdict(self))

    @property
    def way(self) -> ReachWay | None:
        """What the complainant reads of it."""
        if self.left:
            return ReachWay.PHONE
        return ReachWay.ACCOUNT if self.fan or self.union else None


@dataclass(frozen=True, slots=True)
class Address:
    """Where one message goes: an openid, or a follower whose openid is looked up when it is sent."""

    channel: NoticeChannel
    app: str
    openid: str = field(default="", repr=False)
    fan: str = ""


def by_chat(fan_id: UUID) -> bytes:
    """The handle of somebody who reports in the chat and wants to be told there."""
    return Handle(fan=str(fan_id)).written()


def row_of(matter_id: UUID, way: ReachWay, left: int = 0) -> Reach:
    """What is kept beside the vault: that there is a way, and which."""
    return Reach(matter_id=matter_id, way=way, left=left, since=clock.today())


async def chosen_on_phone(
    settings: Settings, matter_id: UUID, app_id: str, openid: str, *, unionid: str = "", lasting: bool = False
) -> None:
    """Somebody with the case's receipt consented to one more message (or any number); raises Ended.

    Another phone takes the place of the one before. Without a name it is one message, and no link to anybody.
    """
    async with in_transaction():
        matter = await _open(matter_id)
        if matter.coarse:
            await handle_put(settings, matter_id, Handle(app_id, openid, left=1).written())
            await _kept(matter_id, ReachWay.ONCE, 1)
            return
        handle = Handle.read(await handle_seen(settings, matter_id))
        before = handle.left if (handle.app, handle.openid) == (app_id, openid) else 0
        handle.app, handle.openid = app_id, openid
        handle.union = fans.unionid_hash_of(settings, unionid) if unionid else handle.union
        handle.left = LASTING if lasting or before == LASTING else min(before + 1, MOST_LEFT)
        await _put(settings, matter_id, handle)


async def code_asked(settings: Settings, matter_id: UUID) -> str:
    """The scene of a code of the official account's, good for ten minutes; raises Ended, or Nameless."""
    async with in_transaction():
        matter = await _open(matter_id)
        if matter.coarse:
            raise Nameless
        token = token_urlsafe(24)
        values = {"code_hash": _hash(settings, token), "code_ends_at": clock.now() + CODE_LASTS}
        await Reach.update_or_create(matter_id=matter_id, defaults=values | {"since": clock.today()})
    return SCENE + token


async def scanned(settings: Settings, scene: str, fan_id: UUID) -> bool:
    """Whether such a code was scanned in time; whoever scanned it is told from now on."""
    token = scene.removeprefix(SCENE)
    hashes = [_hash(one, token) for one in (settings, settings.before) if one]
    found = await Reach.filter(code_hash__in=hashes, code_ends_at__gt=clock.now()).first()
    if found is None:
        return False
    async with in_transaction():
        matter = await Matter.filter(id=found.matter_id).select_for_update().first()
        once = await Reach.filter(matter_id=found.matter_id, code_hash=found.code_hash).update(
            code_hash=None, code_ends_at=None
        )
        if matter is None or matter.ended_at or not once:
            return False
        handle = Handle.read(await handle_seen(settings, matter.id))
        handle.fan = str(fan_id)
        await _put(settings, matter.id, handle)
        await consents.wanted_again(fan_id)
    return True


async def turned_off(settings: Settings, matter_id: UUID) -> None:
    """The complainant wants no more messages; what waits to be sent is not sent."""
    async with in_transaction():
        await Matter.filter(id=matter_id).select_for_update().first()
        await _dropped(settings, matter_id)
        await connection().execute_query(_UNSENT, [matter_id])


_UNSENT = f"""
UPDATE delivery d SET state = '{DeliveryState.ENDED}', problem = 'turned_off', address = NULL, held_until = NULL,
    fence = fence + 1
FROM notice n WHERE n.id = d.notice_id AND n.matter_id = $1 AND n.role = '{COMPLAINANT}'
    AND d.state IN ('{DeliveryState.OWED}', '{DeliveryState.UNCERTAIN}')
"""


async def taken(
    settings: Settings, matter_id: UUID, order: Sequence[NoticeChannel], set_up: Collection[NoticeChannel]
) -> list[Address]:
    """Where a message may go, in the rules' order; the look is an entry, and one consent is spent.

    The handle of whoever reported without a name is gone from the vault with this. The caller is in a transaction.
    """
    matter = await Matter.filter(id=matter_id).select_for_update().get()
    reach = await Reach.get_or_none(matter_id=matter_id)
    if reach is None or reach.way is None:
        return []
    once = reach.way is ReachWay.ONCE
    handle = Handle.read(await (handle_taken if once else handle_seen)(settings, matter_id))
    found = [address for channel in order if channel in set_up for address in await _addresses(handle, channel)]
    said = {"inputs": {"reason": REASON}, "public": {"reason": REASON}}
    entry, body = appended(matter, SYSTEM, "take_handle", READERS, said)
    await insert([entry, body])
    await matter.save(update_fields=["entries_made", "head"])
    if once:
        await _dropped(settings, matter_id)
    elif any(address.channel is NoticeChannel.SUBSCRIBE for address in found):
        handle.left -= 1
        await _put(settings, matter_id, handle)
    return found


async def _addresses(handle: Handle, channel: NoticeChannel) -> list[Address]:
    match channel:
        case NoticeChannel.LASTING:
            return [Address(channel, handle.app, handle.openid)] if handle.left == LASTING else []
        case NoticeChannel.SUBSCRIBE:
            return [Address(channel, handle.app, handle.openid)] if handle.left > 0 else []
    fan = await _follower(handle)
    if fan is None or await consents.silent(fan.id) or (channel is NoticeChannel.SERVICE and not fans.may_hear(fan)):
        return []
    return [Address(channel, fan.app_id, fan=str(fan.id))]


async def _follower(handle: Handle) -> Fan | None:
    """Whoever scanned the code, or the same person as the phone's where the accounts know it."""
    if handle.fan and (fan := await Fan.get_or_none(id=handle.fan, follows=True)):
        return fan
    return await Fan.filter(unionid_hash=handle.union, follows=True).first() if handle.union else None


async def refused(settings: Settings, matter_id: UUID) -> None:
    """WeChat says that there is no consent: ours are nothing."""
    async with in_transaction():
        await Matter.filter(id=matter_id).select_for_update().first()
        handle = Handle.read(await handle_seen(settings, matter_id))
        handle.left = 0
        await _put(settings, matter_id, handle)


_OVER = f"""
SELECT r.matter_id FROM reach r JOIN matter m ON m.id = r.matter_id WHERE m.ended_at IS NOT NULL
    AND NOT EXISTS (
        SELECT FROM notice n LEFT JOIN delivery d ON d.notice_id = n.id AND d.state IN ('owed', 'uncertain')
        WHERE n.matter_id = r.matter_id AND n.role = '{COMPLAINANT}' AND (n.delivered_on IS NULL OR d.id IS NOT NULL)
    )
LIMIT $1
"""


async def ended(settings: Settings, limit: int = 500) -> int:
    """Forget how those are reached whose case has ended, once they were told so; returns how many."""
    rows = await connection().execute_query_dict(_OVER, [limit])
    for row in rows:
        async with in_transaction():
            matter = await Matter.filter(id=row["matter_id"]).select_for_update().get()
            if matter.ended_at:
                await _dropped(settings, matter.id)
    return len(rows)


async def _open(matter_id: UUID) -> Matter:
    matter = await Matter.filter(id=matter_id).select_for_update().get()
    if matter.ended_at:
        raise Ended
    return matter


async def _put(settings: Settings, matter_id: UUID, handle: Handle) -> None:
    if handle.way is None:
        await _dropped(settings, matter_id)
        return
    await handle_put(settings, matter_id, handle.written())
    await _kept(matter_id, handle.way, handle.left)


async def _kept(matter_id: UUID, way: ReachWay, left: int) -> None:
    values: dict[str, Any] = {"way": way, "left": left, "since": clock.today()}
    await Reach.update_or_create(matter_id=matter_id, defaults=values)


async def _dropped(settings: Settings, matter_id: UUID) -> None:
    await handle_put(settings, matter_id, None)
    await Reach.filter(matter_id=matter_id).delete()


def _hash(settings: Settings, token: str) -> str:
    return crypto.keyed_hash(settings.index, b"reach", token.encode()).hex()

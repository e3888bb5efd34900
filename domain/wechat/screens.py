"""扫码登录: a screen waits with a secret; whoever bound their phone scans its code, types its number and says yes.

The number is on the screen and is typed on the phone, so that a code which somebody else sent signs nobody in.
"""

import secrets
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from uuid import UUID

from tortoise.transactions import in_transaction

from domain.people import accounts, records
from domain.people.accounts import SignedIn, SignInFailed
from domain.people.actors import Actor
from kit import clock, crockford, crypto, devices
from kit.errors import NotAllowed, Refusal
from kit.settings import Settings
from models import Account, AccountEvent, Fan, ScreenSignIn, Session, SignInWay

PREFIX = "pc."  # no scene of a report has a dot
FORM = r"^pc\.[0-9A-HJKMNP-TV-Z]{16}$"
LASTS = timedelta(minutes=3)
KEPT = timedelta(hours=1)


class ScreenOver(Refusal):
    """Over its time, refused, taken, settled by somebody, or never there: for the holder of a code one answer."""

    status, code, message = 410, "screen_over", "这个登录二维码已失效，请在电脑上刷新后重新扫码"


class WrongNumber(Refusal):
    """The number typed is not the screen's: the code was perhaps somebody else's."""

    status, code = 403, "screen_number"
    message = "数字与电脑上显示的不一致，这次扫码登录已终止。如果二维码是别人发来的，请不要再扫"


class WechatSessionNeeded(NotAllowed):
    """Confirmed by a phone that WeChat signed in, so that it ends with the binding."""

    code, message = "wechat_session", "扫码登录要由用微信登录的手机确认，请先在手机上用微信登录"


class Stand(StrEnum):
    """Where a screen's wait stands."""

    WAITING = "waiting"
    SCANNED = "scanned"
    OVER = "over"


@dataclass(frozen=True, slots=True)
class Opened:
    """A screen that waits; the secret is known to the screen alone."""

    secret: str
    row: ScreenSignIn


async def opened(settings: Settings, agent: str | None, address: str | None) -> Opened:
    """Let a screen wait."""
    secret, now = secrets.token_urlsafe(32), clock.now()
    row = await ScreenSignIn.create(
        secret_hash=_hash(settings, secret),
        scene=PREFIX + crockford.random_code(16),
        number=10 + secrets.randbelow(90),
        device=devices.named(agent),
        address=(address or "")[:64],
        opened_at=now,
        ends_at=now + LASTS,
    )
    return Opened(secret, row)


async def waiting(scene: str) -> ScreenSignIn:
    """The screen of a scene while nobody has answered it; raises ScreenOver."""
    row = await ScreenSignIn.get_or_none(scene=scene)
    if row is None or not _waits(row):
        raise ScreenOver
    return row


async def scanned(scene: str) -> ScreenSignIn:
    """The same, and the screen may tell that somebody has it on their phone."""
    row = await waiting(scene)
    await ScreenSignIn.filter(id=row.id, scanned_at=None).update(scanned_at=clock.now())
    return row


async def confirmed(actor: Actor, scene: str, number: int) -> None:
    """Say yes, with the number that the screen shows; of several who do, the first counts.

    Raises ScreenOver, WechatSessionNeeded, or WrongNumber, which ends it: a number is tried once.
    """
    async with in_transaction():
        fan_id, account_id = await _phone_of(actor)
        row = await _waiting_locked(scene)
        right = row.number == number
        change = {"fan_id": fan_id, "confirmed_at": clock.now()} if right else {"refused_at": clock.now()}
        await ScreenSignIn.filter(id=row.id).update(**change)
        event = AccountEvent.SCREEN_CONFIRMED if right else AccountEvent.SCREEN_WRONG_NUMBER
        await records.noted(account_id, event, f"{row.device} {row.address}".strip())
    if not right:
        raise WrongNumber


async def refused(actor: Actor, scene: str) -> None:
    """Say no; raises ScreenOver and WechatSessionNeeded."""
    async with in_transaction():
        _, account_id = await _phone_of(actor)
        row = await _waiting_locked(scene)
        await ScreenSignIn.filter(id=row.id).update(refused_at=clock.now())
        await records.noted(account_id, AccountEvent.SCREEN_REFUSED, f"{row.device} {row.address}".strip())


async def taken(settings: Settings, screen_id: UUID, secret: str) -> SignedIn | Stand:
    """What the screen gets for its secret: the session, once; else where it stands. Raises ScreenOver for its end."""
    row = await ScreenSignIn.get_or_none(id=screen_id, secret_hash=_hash(settings, secret))
    if row is None or row.taken_at or row.refused_at or row.ends_at <= clock.now():
        raise ScreenOver
    if row.confirmed_at is None:
        return Stand.SCANNED if row.scanned_at else Stand.WAITING
    fan = await Fan.get_or_none(id=row.fan_id)
    if fan is None or fan.account_id is None:
        raise ScreenOver
    async with in_transaction():
        account = await Account.filter(id=fan.account_id).select_for_update().get()
        return await _taken(settings, row.id, account)


async def _taken(settings: Settings, row_id: UUID, account: Account) -> SignedIn:
    """With the account locked: what was ended before that is ended, and of two who take, the second sees the first."""
    now = clock.now()
    fresh = await ScreenSignIn.filter(id=row_id).select_for_update().get()
    fan = await Fan.get_or_none(id=fresh.fan_id, account_id=account.id)
    if fresh.taken_at or fresh.refused_at or fresh.ends_at <= now or fan is None or fan.bound_at is None:
        raise ScreenOver
    if fresh.confirmed_at is None or fan.bound_at > fresh.confirmed_at:  # bound anew since
        raise ScreenOver
    await ScreenSignIn.filter(id=row_id).update(taken_at=now)
    try:
        return await accounts.begin(settings, account, fresh.device, way=SignInWay.SCREEN, fan_id=fan.id)
    except SignInFailed:
        raise ScreenOver from None


async def swept() -> int:
    """Forget screens that are long over; returns how many."""
    return await ScreenSignIn.filter(ends_at__lt=clock.now() - KEPT).delete()


def link(settings: Settings, scene: str) -> str:
    """The address in the code, which any phone opens; it holds nothing secret."""
    return f"{settings.url}/s/{scene}"


def _waits(row: ScreenSignIn) -> bool:
    return row.confirmed_at is None and row.refused_at is None and row.ends_at > clock.now()


async def _phone_of(actor: Actor) -> tuple[UUID, UUID]:
    """The fan and account of a phone that WeChat signed in, with the account locked: its session has not just ended."""
    if actor.account_id is None:
        raise WechatSessionNeeded
    await Account.filter(id=actor.account_id).select_for_update().first()
    session = await Session.get_or_none(id=actor.session_id, way=SignInWay.WECHAT, ended_at=None)
    if session is None or session.fan_id is None:
        raise WechatSessionNeeded
    return session.fan_id, actor.account_id


async def _waiting_locked(scene: str) -> ScreenSignIn:
    row = await ScreenSignIn.filter(scene=scene).select_for_update().first()
    if row is None or not _waits(row):
        raise ScreenOver
    return row


def _hash(settings: Settings, secret: str) -> str:
    return crypto.keyed_hash(settings.index, b"screen", secret.encode()).hex()

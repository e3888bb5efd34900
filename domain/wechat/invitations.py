"""邀请: an administrator lets one person bind their WeChat, once; the code is shown once and kept as a hash."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from tortoise.transactions import in_transaction

from domain.people import records
from domain.people.actors import Actor
from kit import clock, crockford, crypto
from kit.errors import NotAllowed, NotFound, Refusal
from kit.settings import Settings
from models import Account, AccountEvent, Invitation, Post, Role

LASTS = timedelta(days=3)
MOST_FAILURES = 5
KEPT = timedelta(days=30)  # after its end, for questions
_LETTERS = 12  # 60 random bits
_ADMINISTRATORS = (Role.SYSTEM_ADMIN, Role.SECURITY_ADMIN, Role.AUDIT_ADMIN)


class InvitationWrong(Refusal):
    """Code, phone number or password, time-based code, or an invitation that is over: one answer for all."""

    status, code = 403, "invitation_wrong"
    message = "没有绑定：邀请码、手机号（或密码）、动态验证码中有不正确的，或邀请码已失效；试错五次后邀请码作废"


@dataclass(frozen=True, slots=True)
class Invited:
    """An invitation that was just issued; the code is shown this once."""

    code: str
    username: str
    name: str
    ends_at: datetime


async def issued(settings: Settings, username: str, phone: str, by: Actor | None = None) -> Invited:
    """Invite an account's person; earlier invitations of theirs end. `by` nobody: a command on the machine.

    Raises NotFound, and NotAllowed for oneself and for the three administrators, whom only the command invites.
    """
    account = await Account.get_or_none(username=username, disabled_at=None).select_related("person")
    if account is None:
        raise NotFound("没有这个账号，或账号已停用")
    if by and (account.id == by.account_id or await _administers(account.person_id)):
        raise NotAllowed("不能邀请自己和三类管理员，请在服务器上用命令办理")
    code = crockford.random_code(_LETTERS)
    now = clock.now()
    async with in_transaction():
        await Account.filter(id=account.id).select_for_update().first()
        await ended(account.id)
        invitation = await Invitation.create(
            account=account,
            code_hash=_hash(settings, code),
            phone_hash=phone_hash(settings, account.id, phone),
            issued_by_id=by.post_id if by else None,
            ends_at=now + LASTS,
        )
        await records.noted(account.id, AccountEvent.INVITED, by=by.post_id if by else None)
    return Invited(crockford.grouped(code), username, account.person.name, invitation.ends_at)


async def found(settings: Settings, code: str) -> Invitation:
    """The invitation of a code while it serves, with its account; raises InvitationWrong."""
    hashed = _hash(settings, crockford.normal(code))
    invitation = await Invitation.get_or_none(code_hash=hashed).select_related("account__person")
    if invitation is None or not serves(invitation):
        raise InvitationWrong
    return invitation


def serves(invitation: Invitation) -> bool:
    """Whether it may still be used."""
    live = invitation.used_at is None and invitation.ends_at > clock.now()
    return live and invitation.failures < MOST_FAILURES


async def waiting(account_id: UUID) -> Invitation | None:
    """The one that an account may use now."""
    open_ = Invitation.filter(account_id=account_id, used_at=None, ends_at__gt=clock.now(), failures__lt=MOST_FAILURES)
    return await open_.first()


async def ended(account_id: UUID) -> None:
    """End what an account has not used."""
    now = clock.now()
    await Invitation.filter(account_id=account_id, used_at=None, ends_at__gt=now).update(ends_at=now)


async def swept() -> int:
    """Forget those that ended long ago; returns how many."""
    return await Invitation.filter(ends_at__lt=clock.now() - KEPT).delete()


def phone_hash(settings: Settings, account_id: UUID, phone: str) -> str:
    """How the number is kept that WeChat must vouch for: found by nobody without the key."""
    digits = "".join(sign for sign in phone if sign.isdigit())
    return crypto.keyed_hash(settings.index, b"invited phone", account_id.bytes, digits.encode()).hex()


def _hash(settings: Settings, code: str) -> str:
    return crypto.keyed_hash(settings.index, b"invitation", code.encode()).hex()


async def _administers(person_id: UUID) -> bool:
    today = clock.today()
    held = Post.filter(person_id=person_id, role__in=_ADMINISTRATORS, since__lte=today)
    return any(post.until is None or post.until >= today for post in await held)

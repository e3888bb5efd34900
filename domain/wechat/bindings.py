"""绑定: a WeChat identity and a member of staff; how it begins, spreads to the other account's fan, and ends.

Each change locks the account first, so that binding, linking, ending and signing in come one after another.
"""

from dataclasses import dataclass, field
from uuid import UUID

import structlog
from tortoise.transactions import in_transaction

from domain.people import accounts, records
from domain.people.accounts import SignedIn
from domain.wechat import fans, invitations
from domain.wechat.identities import Identity
from domain.wechat.invitations import InvitationWrong
from kit import clock, crypto
from kit.errors import Conflict, Refusal
from kit.settings import Settings
from models import Account, AccountEvent, Fan, Invitation, ScreenSignIn, Session, SignInWay

log = structlog.get_logger("wechat")


class NotBound(Refusal):
    """Known to WeChat, not to us."""

    status, code = 403, "wechat_not_bound"
    message = "这个微信还没有绑定工作人员账号：请向系统管理员索取邀请码，再点“绑定微信”"


class BoundElsewhere(Conflict):
    """One person at WeChat is one member of staff."""

    code, message = "wechat_bound_elsewhere", "这个微信已绑定另一个账号，请先解除那个绑定"


@dataclass(frozen=True, slots=True)
class Proofs:
    """What goes with an invitation: the phone number that WeChat vouched for or, on web pages, the password."""

    totp: str = field(repr=False)
    phone: str = field(default="", repr=False)
    password: str = field(default="", repr=False)


async def bound(
    settings: Settings, identity: Identity, invitation: Invitation, proofs: Proofs, device: str = ""
) -> SignedIn:
    """Bind and sign in; an earlier binding of the account ends, with its sessions.

    Raises InvitationWrong for anything that does not fit, which uses up one of five tries, and BoundElsewhere.
    """
    account = await Account.get(id=invitation.account_id)
    vouched = await _vouched(settings, identity, invitation, proofs, account)
    async with in_transaction():
        signed = await _bound(settings, identity, invitation.id, proofs, device, vouched=vouched)
    if signed is None:
        raise InvitationWrong
    return signed


async def _vouched(
    settings: Settings, identity: Identity, invitation: Invitation, proofs: Proofs, account: Account
) -> bool:
    """In the mini-program WeChat vouches for the phone number; a web page can't ask it, so the password serves."""
    if identity.app_id == settings.wechat_mini_app_id:
        given = invitations.phone_hash(settings, account.id, proofs.phone)
        return crypto.same(given.encode(), invitation.phone_hash.encode())
    return await accounts.password_is(account, proofs.password)


async def _bound(
    settings: Settings, identity: Identity, invitation_id: UUID, proofs: Proofs, device: str, *, vouched: bool
) -> SignedIn | None:
    account_id = (await Invitation.get(id=invitation_id)).account_id
    account = await Account.filter(id=account_id).select_for_update().get()
    invitation = await Invitation.filter(id=invitation_id).select_for_update().get()
    if not invitations.serves(invitation) or account.disabled_at:
        return None
    step = accounts.step_of(settings, account, proofs.totp)
    if not vouched or step is None or not await accounts.code_taken(account.id, step):
        tries = invitation.failures + 1
        await Invitation.filter(id=invitation.id).update(failures=tries)
        await records.noted(account.id, AccountEvent.BIND_FAILED, f"{tries}/{invitations.MOST_FAILURES}")
        return None
    fan = await fans.met(settings, identity.app_id, identity.openid, unionid=identity.unionid)
    if fan.account_id not in {None, account.id}:
        raise BoundElsewhere
    now = clock.now()
    others = Fan.filter(account_id=account.id).exclude(id=fan.id)
    if fan.unionid_hash:
        others = others.exclude(unionid_hash=fan.unionid_hash)
    await _let_go([other.id for other in await others])
    await Fan.filter(id=fan.id).update(account_id=account.id, bound_at=now)
    if fan.unionid_hash:
        await Fan.filter(unionid_hash=fan.unionid_hash, account_id=None).update(account_id=account.id, bound_at=now)
    await Invitation.filter(id=invitation.id).update(used_at=now)
    await records.noted(account.id, AccountEvent.BOUND, device)
    return await accounts.begin(settings, account, device, way=SignInWay.WECHAT, fan_id=fan.id)


async def signed_in(settings: Settings, identity: Identity, totp: str, device: str = "") -> SignedIn:
    """A session for whoever is bound, by the time-based code as the second factor; raises NotBound, SignInFailed."""
    fan = await bound_fan(settings, identity)
    if fan is None or fan.account_id is None:
        raise NotBound
    account = await Account.get(id=fan.account_id)
    return await accounts.sign_in_by_code(settings, account, totp, device, SignInWay.WECHAT, fan.id)


async def bound_fan(settings: Settings, identity: Identity) -> Fan | None:
    """Whoever this is if they are bound, by this account of ours or, by their unionid, by the other one."""
    fan = await fans.known(settings, identity.app_id, identity.openid)
    if identity.unionid:
        union = fans.unionid_hash_of(settings, identity.unionid)
        # Nobody is kept for looking in: only who is known already, or is bound elsewhere.
        if (fan and fan.unionid_hash != union) or (
            fan is None and await Fan.exists(unionid_hash=union, account_id__not_isnull=True)
        ):
            fan = await fans.met(settings, identity.app_id, identity.openid, unionid=identity.unionid)
        await linked(union)
        fan = await fans.known(settings, identity.app_id, identity.openid)
    return fan if fan and fan.account_id else None


async def linked(unionid_hash: str) -> None:
    """Bind whoever is the same person at our other account; where they are two members of staff, nothing is changed."""
    whose = {fan.account_id for fan in await Fan.filter(unionid_hash=unionid_hash, account_id__not_isnull=True)}
    if len(whose) > 1:
        log.warning("one person at WeChat is bound to two accounts")
    if len(whose) != 1:
        return
    account_id = whose.pop()
    async with in_transaction():
        await Account.filter(id=account_id).select_for_update().first()
        if not await Fan.exists(unionid_hash=unionid_hash, account_id=account_id):  # it ended meanwhile
            return
        free = Fan.filter(unionid_hash=unionid_hash, account_id=None)
        if account_id and await free.update(account_id=account_id, bound_at=clock.now()):
            await records.noted(account_id, AccountEvent.LINKED)


async def of_account(account_id: UUID) -> list[Fan]:
    """The fans bound to an account, the first first."""
    return await Fan.filter(account_id=account_id).order_by("bound_at", "id")


async def in_mini_program(settings: Settings, person_id: UUID) -> str:
    """The openid of a member of staff there; none where the mini-program does not know them."""
    account = await Account.get_or_none(person_id=person_id)
    for fan in await of_account(account.id) if account else ():
        if fan.app_id == settings.wechat_mini_app_id:
            return fans.openid_of(settings, fan)
    return ""


async def ended(account_id: UUID) -> None:
    """解除: its person ends the binding, and the sessions that WeChat opened; where nothing is bound, nothing."""
    async with in_transaction():
        await Account.filter(id=account_id).select_for_update().first()
        gone = [fan.id for fan in await of_account(account_id)]
        if gone:
            await _let_go(gone)
            await records.noted(account_id, AccountEvent.UNBOUND)
    await _forgotten(gone)


async def lost(account_id: UUID, by: UUID | None = None) -> None:
    """报失: binding, invitations and every session end at once; `by` is the administrator's post."""
    async with in_transaction():
        await Account.filter(id=account_id).select_for_update().first()
        gone = [fan.id for fan in await of_account(account_id)]
        await accounts.end_all(account_id)
        await _let_go(gone)
        await invitations.ended(account_id)
        await records.noted(account_id, AccountEvent.LOST, by=by)
    await _forgotten(gone)


async def _let_go(fan_ids: list[UUID]) -> None:
    now = clock.now()
    await ScreenSignIn.filter(fan_id__in=fan_ids, taken_at=None, refused_at=None).update(refused_at=now)
    await Session.filter(fan_id__in=fan_ids, ended_at=None).update(ended_at=now)
    await Fan.filter(id__in=fan_ids).update(account_id=None, bound_at=None)


async def _forgotten(fan_ids: list[UUID]) -> None:
    """After the account's lock is let go: deleting a fan takes other rows along."""
    for fan_id in fan_ids:
        await fans.unneeded(fan_id)

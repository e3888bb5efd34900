"""账号: what the system administrator does with them, and what the others of the three read."""

from datetime import datetime
from typing import Annotated

from aiohttp import web
from pydantic import BaseModel, Field, StringConstraints

from domain.people import accounts
from domain.wechat import bindings, invitation_letter, invitations
from domain.wechat.invitations import InvitationWrong
from handlers.keys import SETTINGS
from handlers.sessions import RecordPage, RecordsQuery, Username, record_page
from handlers.spec import Access, Body, Call, Routes
from kit import pdf
from kit.errors import NotAllowed, NotFound
from models import Account, Role

routes = Routes("账号")

_SYSTEM = frozenset({Role.SYSTEM_ADMIN})


class AccountView(BaseModel):
    """一个账号。"""

    username: str
    name: str
    disabled: bool
    bound_since: datetime | None = Field(description="绑定微信的时间")
    invited_until: datetime | None = Field(description="未使用的邀请码到何时失效")


class Invite(Body):
    """受邀人的手机号，绑定时由微信核实。"""

    phone: Annotated[str, StringConstraints(pattern=r"^1\d{10}$")] = Field(title="手机号")


class Invitation(BaseModel):
    """邀请码，只显示这一次；再次邀请则前一个作废。"""

    code: str = Field(title="邀请码")
    username: str
    name: str
    ends_at: datetime


class Letter(Body):
    """要打印的邀请码。"""

    code: Annotated[str, StringConstraints(min_length=12, max_length=40)] = Field(title="邀请码")


@routes.get("/api/v1/accounts/{username}", access=Access.STAFF, roles=_SYSTEM, summary="一个账号", refusals=(NotFound,))
async def shown(_call: Call, username: Username) -> AccountView:
    """Whose it is, and what is bound."""
    account = await _account(username)
    fans = await bindings.of_account(account.id)
    invitation = await invitations.waiting(account.id)
    return AccountView(
        username=account.username,
        name=account.person.name,
        disabled=account.disabled_at is not None,
        bound_since=fans[0].bound_at if fans else None,
        invited_until=invitation.ends_at if invitation else None,
    )


@routes.post(
    "/api/v1/accounts/{username}/invitations",
    access=Access.STAFF,
    roles=_SYSTEM,
    summary="签发绑定微信的邀请码",
    status=201,
    refusals=(NotFound, NotAllowed),
)
async def invite(call: Call, username: Username, body: Invite) -> Invitation:
    """Repeating it does no harm: the last code is the one that serves."""
    made = await invitations.issued(call.request.app[SETTINGS], username, body.phone, call.actor)
    return Invitation(code=made.code, username=made.username, name=made.name, ends_at=made.ends_at)


@routes.post(
    "/api/v1/invitations/letter.pdf",
    access=Access.STAFF,
    roles=_SYSTEM,
    summary="打印邀请码（PDF）",
    refusals=(InvitationWrong,),
    produces="application/pdf",
)
async def letter(call: Call, body: Letter) -> web.Response:
    """For whoever has the code: it is kept nowhere."""
    settings = call.request.app[SETTINGS]
    invitation = await invitations.found(settings, body.code)
    content = await pdf.rendered(invitation_letter.html(settings, invitation, body.code))
    headers = {"Content-Disposition": 'attachment; filename="invitation.pdf"'}
    return web.Response(body=content, content_type="application/pdf", headers=headers)


@routes.delete(
    "/api/v1/accounts/{username}/binding",
    access=Access.STAFF,
    roles=_SYSTEM,
    summary="报失：解除微信绑定，终止全部登录",
    refusals=(NotFound,),
)
async def lost(call: Call, username: Username) -> None:
    """From the next request on."""
    await bindings.lost((await _account(username)).id, call.actor.post_id)


@routes.get(
    "/api/v1/accounts/{username}/records",
    access=Access.STAFF,
    roles=frozenset({Role.SECURITY_ADMIN, Role.AUDIT_ADMIN}),
    summary="一个账号的登录和绑定记录",
    refusals=(NotFound,),
)
async def records(_call: Call, username: Username, query: RecordsQuery) -> RecordPage:
    """For those who don't administer it."""
    return await record_page((await _account(username)).id, query)


@routes.post(
    "/api/v1/accounts/{username}/disable",
    access=Access.STAFF,
    roles=_SYSTEM,
    summary="停用账号",
)
async def disable(_call: Call, username: Username) -> None:
    """Its sessions end with it."""
    await accounts.set_disabled(username, disabled=True)


@routes.post(
    "/api/v1/accounts/{username}/enable",
    access=Access.STAFF,
    roles=_SYSTEM,
    summary="启用或解锁账号",
)
async def enable(_call: Call, username: Username) -> None:
    """Failures are forgotten too."""
    await accounts.set_disabled(username, disabled=False)


async def _account(username: str) -> Account:
    account = await Account.get_or_none(username=username).select_related("person")
    if account is None:
        raise NotFound("没有这个账号")
    return account

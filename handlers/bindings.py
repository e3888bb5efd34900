"""绑定微信: by an invitation, and how its owner ends it."""

from datetime import datetime
from typing import Annotated

from pydantic import BaseModel, Field, StringConstraints

from domain.people.accounts import SignInFailed
from domain.wechat import bindings, identities, invitations
from domain.wechat.bindings import BoundElsewhere, Proofs
from domain.wechat.identities import ProofOver
from domain.wechat.invitations import InvitationWrong
from handlers import admission
from handlers.exchange import facts_of
from handlers.keys import SETTINGS, WECHAT
from handlers.sessions import Proof, Token, Totp, token
from handlers.spec import Access, Body, Call, Routes
from handlers.wechat import Code, CodeSpent, NoAnswer, Often, phone_number
from kit import crypto, devices
from kit.errors import Invalid, TooMany
from kit.shapes import Line
from kit.wechat.account import Kind

routes = Routes("绑定微信")


class Bind(Body):
    """邀请码，加上微信核实的手机号（小程序）或账号密码（网页），加上动态验证码。"""

    proof: Proof
    invitation: Annotated[str, StringConstraints(min_length=12, max_length=40)] = Field(
        title="邀请码", description="12 位字母和数字，大小写、空格和短横都可以"
    )
    totp: Totp
    phone_code: Code | None = Field(None, description="小程序必填：手机号按钮（getPhoneNumber）给的 code")
    password: Annotated[str, StringConstraints(min_length=1, max_length=200)] | None = Field(
        None, description="网页必填：账号的密码"
    )
    device: Annotated[str, Line(60)] | None = Field(None, description="给这次登录起的名字")


class BoundAccount(BaseModel):
    """一个已绑定的微信入口。"""

    account: Kind | None = Field(description="mini 小程序；official 公众号；空：以前的账号")
    since: datetime


class Binding(BaseModel):
    """我的微信绑定；同一个微信在两个入口是一个绑定。"""

    items: list[BoundAccount]


@routes.post(
    "/api/v1/bindings",
    access=Access.PUBLIC,
    summary="绑定微信并登录",
    status=201,
    refusals=(InvitationWrong, BoundElsewhere, ProofOver, CodeSpent, Often, NoAnswer, SignInFailed, TooMany),
    sign_in=True,
)
async def bind(call: Call, body: Bind) -> Token:
    """One answer for everything that does not fit; five of them end the invitation."""
    app = call.request.app
    settings = app[SETTINGS]
    facts = facts_of(call.request)
    identity = identities.proved(settings, body.proof)
    whose = crypto.keyed_hash(settings.index, b"binding", identity.app_id.encode(), identity.openid.encode()).hex()
    await admission.spend(app, admission.BINDINGS, whose)
    mini = identity.app_id == settings.wechat_mini_app_id
    needed, given = ("phone_code", body.phone_code) if mini else ("password", body.password)
    if given is None:
        raise Invalid(details={"fields": [{"path": needed, "message": "必须填写"}]})
    # Looked for before WeChat is asked for a number, which costs money.
    invitation = await invitations.found(settings, body.invitation)
    phone = await phone_number(app[WECHAT][Kind.MINI], given, identity.openid) if mini else ""
    proofs = Proofs(totp=body.totp, phone=phone, password="" if mini else given)
    signed = await bindings.bound(settings, identity, invitation, proofs, body.device or devices.named(facts.agent))
    return token(settings, signed)


@routes.get("/api/v1/binding", access=Access.STAFF, summary="我的微信绑定")
async def own(call: Call) -> Binding:
    """Empty where nothing is bound."""
    settings = call.request.app[SETTINGS]
    kinds = {settings.wechat_mini_app_id: Kind.MINI, settings.wechat_official_app_id: Kind.OFFICIAL}
    found = await bindings.of_account(call.actor.account_id) if call.actor.account_id else []
    return Binding(
        items=[BoundAccount(account=kinds.get(fan.app_id), since=fan.bound_at) for fan in found if fan.bound_at]
    )


@routes.delete("/api/v1/binding", access=Access.STAFF, summary="解除我的微信绑定")
async def end(call: Call) -> None:
    """With it the sessions that WeChat opened; binding again needs another invitation."""
    if call.actor.account_id:
        await bindings.ended(call.actor.account_id)

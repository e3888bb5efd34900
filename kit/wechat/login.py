"""Who somebody is at WeChat: sign-in of the mini-program, consent pages of the official account, phone numbers."""

from dataclasses import dataclass, field
from enum import StrEnum
from urllib.parse import urlencode

from kit.wechat.client import Call, Client, value
from kit.wechat.errors import Away
from kit.wechat.refusals import SnapshotUser

CONSENT = "https://open.weixin.qq.com/connect/oauth2/authorize"


class Scope(StrEnum):
    """What a consent page asks for: silently the openid, or by a dialog the unionid too."""

    BASE = "snsapi_base"
    USERINFO = "snsapi_userinfo"


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody as one account knows them; `unionid` is the same for all our accounts, or empty if WeChat tells none."""

    openid: str = field(repr=False)
    unionid: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class Fan:
    """Somebody as the official account knows them, and whether they follow it."""

    person: Person
    follows: bool


async def signed_in(client: Client, code: str) -> Person:
    """Who called wx.login for this code; raises Refused (40029, 40163, 40226, 45011 …) or Away.

    The session key that comes with it ends here: nothing of ours needs it.
    """
    said = await client.ask(
        Call(
            "GET",
            "/sns/jscode2session",
            {
                "appid": client.account.app_id,
                "secret": client.account.secret,
                "js_code": code,
                "grant_type": "authorization_code",
            },
            token=False,
            repeatable=False,
        )
    )
    return Person(value(said, "openid"), str(said.get("unionid") or ""))


async def phone_of(client: Client, code: str, openid: str) -> str:
    """The phone number, without country code if it is a mainland one, that this person let the mini-program see.

    Each success is charged. Raises Refused (40029 …) or Away; Away too if the answer is for another app.
    """
    path = "/wxa/business/getuserphonenumber"
    said = await client.post(path, {"code": code, "openid": openid}, repeatable=False)
    info = said.get("phone_info")
    if not isinstance(info, dict) or info.get("watermark", {}).get("appid") != client.account.app_id:
        raise Away(path, "not for this app", taken=True)
    mainland = str(info.get("countryCode")) == "86"
    return value(info, "purePhoneNumber" if mainland else "phoneNumber")


def consent_url(client: Client, redirect_uri: str, state: str, scope: Scope = Scope.BASE, page: str = CONSENT) -> str:
    """Where to send a browser inside WeChat; it comes back to `redirect_uri` with `code` and `state`.

    `state` is random, bound to the browser's session, at most 128 letters and digits.
    """
    query = {
        "appid": client.account.app_id,
        "redirect_uri": redirect_uri,
        "response_type": "code",
        "scope": scope,
        "state": state,
    }
    return f"{page}?{urlencode(query)}#wechat_redirect"


async def consented(client: Client, code: str) -> Person:
    """Who came back from a consent page with this code; raises SnapshotUser, Refused (40029, 40163 …) or Away."""
    said = await client.ask(
        Call(
            "GET",
            "/sns/oauth2/access_token",
            {
                "appid": client.account.app_id,
                "secret": client.account.secret,
                "code": code,
                "grant_type": "authorization_code",
            },
            token=False,
            repeatable=False,
        )
    )
    if said.get("is_snapshotuser"):
        raise SnapshotUser
    return Person(value(said, "openid"), str(said.get("unionid") or ""))


async def fan(client: Client, openid: str) -> Fan:
    """Whether somebody follows the official account, and their unionid, which pushes do not carry."""
    said = await client.get("/cgi-bin/user/info", openid=openid, lang="zh_CN")
    return Fan(Person(openid, str(said.get("unionid") or "")), bool(said.get("subscribe")))

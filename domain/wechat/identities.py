"""Who somebody proved to be at WeChat, kept by themselves for some minutes: a sealed proof, and no row of ours."""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import orjson

from kit import clock, crypto
from kit.errors import Refusal
from kit.settings import Settings

LASTS = timedelta(minutes=15)  # to find the paper with the invitation, and to wait for the next time-based code
_ABOUT = b"wechat identity"


class ProofOver(Refusal):
    """Over its time, or never one of ours."""

    status, code, message = 401, "wechat_proof_over", "微信身份验证已过期，请重新点微信登录"


@dataclass(frozen=True, slots=True)
class Identity:
    """Somebody as one of our accounts knows them; `unionid` may be empty."""

    app_id: str
    openid: str = field(repr=False)
    unionid: str = field(default="", repr=False)


def proof(settings: Settings, identity: Identity) -> tuple[str, datetime]:
    """What shows later that this was proved, and until when. Whoever holds it reads nothing in it."""
    until = clock.now() + LASTS
    content = orjson.dumps([identity.app_id, identity.openid, identity.unionid, until.timestamp()])
    box = crypto.seal(settings.master, content, about=_ABOUT, cipher=settings.cipher)
    return urlsafe_b64encode(box).rstrip(b"=").decode(), until


def proved(settings: Settings, given: str) -> Identity:
    """Who that is; raises ProofOver."""
    try:
        box = urlsafe_b64decode(given + "=" * (-len(given) % 4))
        app_id, openid, unionid, until = orjson.loads(crypto.open_with(settings.masters, box, about=_ABOUT))
    except (ValueError, crypto.Unreadable):
        raise ProofOver from None
    if until <= clock.now().timestamp():
        raise ProofOver
    return Identity(app_id, openid, unionid)

"""Records of accounts: who signed in, was invited, bound or shut out, and when. They are appended only."""

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from tortoise.expressions import Q

from kit import clock
from kit.words import label
from models import AccountEvent, AccountRecord, SignInWay

LABELS: Mapping[AccountEvent, str] = {
    AccountEvent.SIGNED_IN: "登录",
    AccountEvent.SIGN_IN_FAILED: "登录失败",
    AccountEvent.LOCKED: "多次失败，账号锁定",
    AccountEvent.INVITED: "签发绑定邀请码",
    AccountEvent.BOUND: "绑定微信",
    AccountEvent.BIND_FAILED: "绑定微信失败",
    AccountEvent.LINKED: "同一微信的另一入口自动关联",
    AccountEvent.UNBOUND: "解除微信绑定",
    AccountEvent.LOST: "报失，绑定和登录全部终止",
    AccountEvent.SESSIONS_ENDED: "退出全部登录",
    AccountEvent.SCREEN_CONFIRMED: "确认电脑扫码登录",
    AccountEvent.SCREEN_REFUSED: "拒绝电脑扫码登录",
    AccountEvent.SCREEN_WRONG_NUMBER: "扫码登录数字不符，已终止",
}
WAYS: Mapping[str, str] = {
    SignInWay.PASSWORD: "账号密码",
    SignInWay.WECHAT: "微信",
    SignInWay.SCREEN: "扫码",
    SignInWay.DEMO: "演示",
}


async def noted(account_id: UUID, event: AccountEvent, detail: str = "", by: UUID | None = None) -> None:
    """Append a record; `by` is the post of the administrator who did it."""
    await AccountRecord.create(account_id=account_id, at=clock.now(), event=event, detail=detail[:120], by_id=by)


async def page(account_id: UUID, after: tuple[datetime, UUID] | None, limit: int) -> list[AccountRecord]:
    """The latest first; `after` is the last one of the page before."""
    rows = AccountRecord.filter(account_id=account_id)
    if after:
        rows = rows.filter(Q(at__lt=after[0]) | Q(at=after[0], id__lt=after[1]))
    return await rows.order_by("-at", "-id").limit(limit)


def detail_of(record: AccountRecord) -> str:
    """The detail with the way of signing in, which stands first, by its name."""
    way, _, rest = record.detail.partition(" ")
    return f"{label(way, WAYS[way])} {rest}".strip() if way in WAYS else record.detail


def label_of(event: AccountEvent) -> str:
    """What to call it, in the language asked for."""
    return label(event, LABELS[event])

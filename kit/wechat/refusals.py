"""Why a push is not taken: the sender learns the status alone, the log a word more that holds no content."""

from kit.errors import Refusal


class Forged(Refusal):
    """Not proved to come from WeChat, now, for this account: one answer for all of these."""

    status, code, message = 403, "wechat_forged", "消息来源未通过验证"

    def __init__(self, why: str = "") -> None:
        super().__init__()
        self.why = why


class Unreadable(Refusal):
    """Not what WeChat sends, whoever sent it."""

    status, code, message = 400, "wechat_unreadable", "消息格式有误，无法读取"

    def __init__(self, why: str = "") -> None:
        super().__init__()
        self.why = why


class SnapshotUser(Refusal):
    """Whoever looks at a snapshot page has an openid that WeChat made up, which must not be signed in."""

    status, code, message = 403, "wechat_snapshot", "请点击页面右下角的“使用完整服务”后再登录"

"""A message or event that WeChat pushed, read and checked."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256
from typing import Any

_FOLLOWING = "qrscene_"


@dataclass(frozen=True, slots=True)
class Push:
    """What was pushed to one of our accounts; nobody reads a person or a text from its printed form.

    `type` and `event` are in lower case; `event` is empty for a message, `id` for an event. `message` is wechatpy's
    object, of which every field can be read. `once` is 64 hexadecimal digits that all deliveries of this push share
    and no other push has.
    """

    app_id: str
    openid: str = field(repr=False)
    original_id: str
    sent: datetime
    type: str
    event: str
    key: str = field(repr=False)
    id: str
    message: Any = field(repr=False)
    once: str = field(init=False)

    def __post_init__(self) -> None:
        """A message is told by its MsgId; an event by sender, second, event and key, and by what it reports on."""
        parts = [self.app_id, self.openid, self.id] if self.id else self._event_parts()
        object.__setattr__(self, "once", sha256("\0".join(parts).encode()).hexdigest())

    @property
    def fields(self) -> Mapping[str, Any]:
        """Everything sent, for what wechatpy has no name for: nested fields are dictionaries, repeated ones lists."""
        sent: dict[str, Any] = self.message._data  # noqa: SLF001  # wechatpy has no other name for it
        return sent

    @property
    def scene(self) -> str:
        """The scene of the parametric code that was scanned to follow or to come back; empty if none was."""
        following = self.event == "subscribe" and self.key.startswith(_FOLLOWING)
        return self.key.removeprefix(_FOLLOWING) if following else self.key if self.event == "scan" else ""

    def _event_parts(self) -> list[str]:
        about = [str(self.fields.get(name) or "") for name in ("MsgID", "trace_id")]
        reported = [str(one.get("MsgID", "")) for one in listed(self.fields)]  # results of one second have one sender
        return [self.app_id, self.openid, str(int(self.sent.timestamp())), self.event, self.key, *about, *reported]

    def text(self, name: str) -> str:
        """A raw field that holds text; empty if it is absent or holds something else."""
        value = self.fields.get(name)
        return value if isinstance(value, str) else ""


def listed(fields: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """The `List` of an event about subscriptions: below any wrapper or none, one item or several (wechat.md, 3.3)."""
    for holder in (fields, *(value for value in fields.values() if isinstance(value, Mapping))):
        if "List" in holder:
            items = holder["List"] if isinstance(holder["List"], list) else [holder["List"]]
            return [item for item in items if isinstance(item, Mapping)]
    return []

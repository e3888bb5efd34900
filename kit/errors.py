"""What a caller did wrong, or what is not there, said in one shape by whichever door was used."""

from collections.abc import Mapping
from typing import Any, ClassVar


class Refusal(Exception):
    """A clear no: a registered code, a status and a Chinese sentence for the person who reads it.

    Subclasses live beside the rule that refuses. `REGISTRY` holds every code, so that the API
    description can list them and no two rules share one.
    """

    status: ClassVar[int] = 400
    code: ClassVar[str] = "refused"
    message: ClassVar[str] = "请求不能办理"
    retry_after: ClassVar[int | None] = None
    REGISTRY: ClassVar[dict[str, type["Refusal"]]] = {}

    def __init__(self, message: str | None = None, *, details: Mapping[str, Any] | None = None) -> None:
        self.text = message or self.message
        self.details = dict(details or {})
        super().__init__(self.text)

    def __init_subclass__(cls) -> None:
        known = Refusal.REGISTRY.setdefault(cls.code, cls)
        if known.__qualname__ != cls.__qualname__:
            raise TypeError(f"refusal code {cls.code!r} is taken by {known.__qualname__}")


class Malformed(Refusal):
    """The request cannot be read at all."""

    status, code, message = 400, "malformed", "请求格式有误，无法读取"


class Invalid(Refusal):
    """The request was read, but its content breaks the described shape; `details.fields` says where."""

    status, code, message = 422, "invalid", "填写内容有误，请按提示修改"


class NotSignedIn(Refusal):
    """No valid session or receipt came with the request."""

    status, code, message = 401, "not_signed_in", "请先登录或出示回执"


class NotAllowed(Refusal):
    """Known, but this actor may not do this."""

    status, code, message = 403, "not_allowed", "您没有办理此项的权限"


class NotFound(Refusal):
    """Absent, or not to be known by this actor: the two answers are the same."""

    status, code, message = 404, "not_found", "没有找到"


class Conflict(Refusal):
    """The matter has moved on, or the step does not fit where it stands."""

    status, code, message = 409, "conflict", "事项状态已变化，请刷新后再试"


class TooLarge(Refusal):
    """More bytes than the limit of this route."""

    status, code, message = 413, "too_large", "内容过大"


class TooMany(Refusal):
    """A limit of requests was reached."""

    status, code, message = 429, "too_many", "操作过于频繁，请稍后再试"
    retry_after = 30


class Unavailable(Refusal):
    """A server we need is away; nothing was written."""

    status, code, message = 503, "unavailable", "服务暂时不可用，您的内容没有提交，请稍后再试"
    retry_after = 5

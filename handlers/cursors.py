"""Opaque cursors of keyset pages: the last row's key, in a form that nobody should read."""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable
from typing import Annotated, Any, TypeVar

import orjson
from pydantic import StringConstraints

from kit.errors import Invalid

T = TypeVar("T")
Cursor = Annotated[str, StringConstraints(max_length=200, pattern=r"^[A-Za-z0-9_=-]+$")]


def written(*key: object) -> str:
    """The cursor that leads on from this key."""
    return urlsafe_b64encode(orjson.dumps(key, default=str)).decode()  # asyncpg's UUID is no UUID to orjson


def read(cursor: str | None, build: Callable[[list[Any]], T]) -> T | None:
    """The key that a cursor holds; raises Invalid for one that we did not write."""
    if cursor is None:
        return None
    try:
        return build(orjson.loads(urlsafe_b64decode(cursor.encode())))
    except (ValueError, TypeError, LookupError, AttributeError):
        raise Invalid(
            details={"fields": [{"path": "query.cursor", "message": "翻页标记无效，请从第一页重新查看"}]}
        ) from None

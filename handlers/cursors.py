"""Opaque cursors of keyset pages: the last row's key, in a form that nobody should read."""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable
from datetime import UTC, datetime
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
    except (ValueError, TypeError, LookupError, AttributeError, OverflowError):
        raise Invalid(
            details={"fields": [{"path": "query.cursor", "message": "翻页标记无效，请从第一页重新查看"}]}
        ) from None


def moment(text: str) -> datetime:
    """A moment of a key; raises ValueError or OverflowError for one that no row can have, as `read` expects."""
    found = datetime.fromisoformat(text)
    if found.tzinfo is None:
        raise ValueError("a moment without a zone")
    return found.astimezone(UTC)

"""The posts by which those who must report act for their units."""

from typing import Any
from uuid import uuid4

from kit import clock
from models import Post, ReportCycle, Role
from models.database import insert

CHUNK = 5_000  # rows in one statement


async def given(cycle: ReportCycle, rows: list[dict[str, Any]]) -> None:
    """Whoever must report acts as an official of that unit: the post they need, where they have none."""
    held = {
        (post.person_id, post.unit_id)
        for post in await Post.filter(role=Role.OFFICIAL, until=None, person_id__in=[row["person_id"] for row in rows])
    }
    posts = [
        Post(
            id=uuid4(),
            person_id=row["person_id"],
            unit_id=row["unit_id"],
            role=Role.OFFICIAL,
            title=row["title"],
            since=min(cycle.begins_on, clock.today()),
        )
        for row in rows
        if (row["person_id"], row["unit_id"]) not in held and not row["exempt_reason"]
    ]
    for start in range(0, len(posts), CHUNK):
        await insert(posts[start : start + CHUNK])

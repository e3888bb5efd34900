"""What the demo has archived and keeps: once, of what ended long ago."""

from demo import keeping
from models import Archive, Hold
from models.database import connection
from tests.makers import case_at


async def test_the_oldest_are_archived_and_one_is_held(province: str) -> None:
    old, fresh = [await case_at("closed"), await case_at("refused")], await case_at("closed")
    for walk in old:
        await connection().execute_query(
            "UPDATE matter SET ended_at = ended_at - interval '200 days' WHERE id = $1", [walk.holder.matter_id]
        )
    assert await keeping.archived() == 2
    assert {archive.matter_id for archive in await Archive.all()} == {walk.holder.matter_id for walk in old}
    assert await Hold.all().count() == 1
    assert (await fresh.matter()).archived_at is None
    assert await keeping.archived() == 0

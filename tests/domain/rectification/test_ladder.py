"""A line that is late joins the ladder of supervision, as any matter whose table lets the clock ask for it."""

from datetime import datetime
from uuid import uuid4

from domain.loop import engine, reading
from domain.supervision import ladder
from kit import clock
from kit.clock import CHINA
from models import Matter, Person, Recusal, Relation, Role, Supervision
from tests.makers import unit
from tests.observed import chained
from tests.rectified import OWNER, listed

MONDAY = datetime(2026, 3, 2, 10, 0, tzinfo=CHINA)


def on(year: int, month: int, day: int) -> datetime:
    return datetime(year, month, day, 10, 0, tzinfo=CHINA)


async def test_what_is_late_joins_the_ladder_and_its_supervision_inherits(province: str) -> None:
    with clock.at(MONDAY):
        line, young = await listed(stage="rectifying"), await listed(stage="rectifying", until="2026-12-31")
        waits = await listed(stage="checked")
        stranger = await Person.filter(posts__unit__code="620102-housing").first()
        assert stranger
        await Recusal.create(
            id=uuid4(), matter_id=(await line.matter()).id, person_id=stranger.id, reason="近亲属", accused=False,
            since=clock.now(),
        )  # fmt: skip
    found = []
    for day, rung in ((19, "dispatch"), (20, None)):
        with clock.at(on(2026, 5, day)):
            assert await ladder.proposed() == (2 if rung else 0)  # `young` misses its inner target, too
            found = await Supervision.filter(matter__opened_by_id=(await line.matter()).id).select_related("matter")
            assert [(one.rung_id, one.unit_id) for one in found] == [("dispatch", (await unit(OWNER)).id)]
    assert not await Matter.filter(opened_by_id=(await waits.matter()).id).exists()
    assert await Matter.filter(opened_by_id=(await young.matter()).id).count() == 1
    assert f"问题整改件{line.number}的内部时限为2026年5月18日" in found[0].facts
    assert await Recusal.filter(matter_id=found[0].matter_id, person_id=stranger.id).exists()
    assert [entry.verb for entry in await chained((await line.matter()).id)][-1] == "supervise"
    with clock.at(on(2026, 6, 3)):
        await engine.take(await line.who("strike_off"), found[0].matter.number, "issue", {"demands": "一、限期整改"})
        assert await ladder.proposed() == 1  # past the legal time: the next rung is proposed there
        head = await line.at_place(Relation.LEAD, Role.HEAD)
        assert f"{found[0].matter.number}" in str((await reading.shown(head, line.number))["related"])

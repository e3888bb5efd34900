"""The demo's ledger: 217 problems in all states, by the engine's own steps, quickly."""

from collections import Counter
from datetime import datetime
from pathlib import Path
from time import process_time

from demo import rectifying
from demo.rectifying import COUNTY, COURSES, TOTAL
from domain.loop import audit
from domain.people.actors import SYSTEM
from domain.rectification import ledger, published
from domain.rectification.ledger import LedgerBy
from domain.rectification.table import RECTIFICATION
from kit import clock
from kit.clock import CHINA
from kit.settings import Settings
from models import Duty, File, Matter, Role
from tests.makers import officer

UNTIL = datetime(2026, 11, 22, 16, 30, tzinfo=CHINA)
# The rarer ways, of which the demo tells no story.
UNPLAYED = {
    "assign",
    "refuse_extension",
    "entrust",
    "send_back",
    "drop",
    "unpublish",
    "note",
    "recuse",
    "archive",
    "hold",
    "lift_hold",
}


def test_the_numbers_are_those_of_the_seeds() -> None:
    assert TOTAL == 217
    played = {verb for course in COURSES for verb in course.verbs.split()} | {"list_problem"}
    assert {step.verb for step in RECTIFICATION.steps} - UNPLAYED == played


async def test_the_ledger_is_played_in_all_its_states(province: str, settings: Settings, tmp_path: Path) -> None:
    settings = settings.model_copy(update={"var": tmp_path})
    began = process_time()
    with clock.at(UNTIL):
        assert await rectifying.listed(settings, "gansu", UNTIL) == TOTAL
        took = process_time() - began
        assert await rectifying.listed(settings, "gansu", UNTIL) == TOTAL  # they are there already
        total, units = await ledger.counted(SYSTEM, ledger.Filters(region=COUNTY), LedgerBy.UNIT)
        stages = Counter(await Matter.filter(kind="rectification").values_list("stage", flat=True))
        city = await officer(Role.SUPERVISOR, rectifying.SUPERVISORS)
        assert (await ledger.counted(city, ledger.Filters()))[0] == total
    assert took < 20, took
    assert dict(stages) == {"struck_off": 164, "rectifying": 33, "checked": 7, "verified": 5, "listed": 8}
    assert total == {
        "listed": 217, "working": 41, "verifying": 12, "due_soon": 4, "overdue": 14, "struck_off": 164, "on_time": 156,
        "ever_struck": 169, "reopened": 9,
    }  # fmt: skip
    assert len(units) == 38
    assert len(await published.page(limit=100)) == 30 + 40 + 10 + 9
    assert await Matter.filter(kind="supervision", opened_by__kind="rectification").count() == 6
    report = await audit.verified(tmp_path / "anchors.jsonl")
    assert report.faults == []
    assert not await Matter.filter(entries__at__gt=UNTIL).exists()
    assert await Duty.filter(matter__kind="rectification", closed_at=None, name="look_back").count() == 124
    assert await File.filter(matter_id=None).count() == 0

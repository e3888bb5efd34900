"""The demo's QR codes: a province's, two halls', a park's, a campaign's and a revoked one; the same on each machine."""

from contextlib import suppress
from dataclasses import dataclass
from datetime import date, timedelta
from hashlib import sha256
from random import Random
from uuid import uuid4

from tortoise.exceptions import IntegrityError

from demo.province import person_code
from domain.codes.scenes import VALUE, scene_of
from kit import clock, crockford
from kit.settings import Settings
from models import Code, CodeKind, CodeScan, Post, Role, ScanOutcome, Unit
from models.database import insert


@dataclass(frozen=True, slots=True)
class Printed:
    """A code by a word of the demo's own; `scans` are those of an ordinary day, `days` how long it served."""

    key: str
    kind: CodeKind
    title: str
    region: str
    unit: str = ""
    place: str = ""
    scans: int = 2
    days: int | None = None

    @property
    def value(self) -> str:
        """Its value, made of its key."""
        return crockford.spelled(sha256(f"demo code {self.key}".encode()).digest()[:VALUE])


PHONE = "12345"
PRINTED = (
    Printed("province", CodeKind.PROVINCE, "甘肃省“一键举报”", "62", scans=6),
    Printed("hall-6201", CodeKind.UNIT, "兰州市政务服务大厅", "6201", "6201-data", "一层取号机旁", scans=4),
    Printed("hall-620102", CodeKind.UNIT, "城关区政务服务大厅", "620102", "620102-data", scans=3),
    Printed("park-6201", CodeKind.PLACE, "产业园区企业服务站", "6201", place="园区综合楼一层", scans=3),
    Printed("street", CodeKind.CAMPAIGN, "营商环境宣传月", "62"),
    Printed("bus-station", CodeKind.PLACE, "城关区公交站牌", "620102", place="东方红广场站", days=90),
)


async def made(settings: Settings, since: date, seed: str) -> dict[str, str]:
    """Issue them as of a day, with scans of every day since, unless they are there; gives each key's scene."""
    if not await Code.exists(value=PRINTED[0].value):
        post = await Post.get(person__code=person_code("62", "justice.inspection", Role.SUPERVISOR))
        units = dict(await Unit.filter(code__in=[one.unit for one in PRINTED]).values_list("code", "id"))
        with suppress(IntegrityError):  # another player was quicker
            await insert(*(_rows(one, post, units, since, Random(f"{seed}/code/{one.key}")) for one in PRINTED))
    return {one.key: scene_of(settings, one.value) for one in PRINTED}


def _rows(one: Printed, post: Post, units: dict[str, object], since: date, chance: Random) -> list[Code | CodeScan]:
    code = Code(
        id=uuid4(),
        value=one.value,
        kind=one.kind,
        title=one.title,
        place=one.place,
        phone=PHONE,
        region_id=one.region,
        unit_id=units.get(one.unit),
        issued_by_id=post.id,
        issued_on=since,
        ended_on=since + timedelta(days=one.days) if one.days else None,
        end_reason="站牌改造，张贴处已拆除" if one.days else "",
    )
    days = [since + timedelta(days=n) for n in range((clock.today() - since).days + 1)]
    counts = {day: chance.randint(0, 2 * one.scans) for day in days}
    scans = [
        CodeScan(
            id=uuid4(),
            code_id=code.id,
            outcome=ScanOutcome.ENDED if code.ended_on and day > code.ended_on else ScanOutcome.VALID,
            day=day,
            count=count,
        )
        for day, count in counts.items()
        if count
    ]
    return [code, *scans]

"""A roster of officials who must report, over the demo's units, in the numbers of seeds 000."""

import csv
import io
from itertools import cycle, islice

from demo.province import name_of
from domain.reports.officials import COLUMNS, KINDS
from models import Level, OfficialKind, Unit

PROVINCE = {
    OfficialKind.LEADERSHIP: 1_512,
    OfficialKind.DEPARTMENT: 19_263,
    OfficialKind.TOWN: 4_865,
    OfficialKind.OTHER: 3_806,
}
_LEVELS = {
    OfficialKind.LEADERSHIP: (Level.CITY, Level.COUNTY),
    OfficialKind.DEPARTMENT: (Level.PROVINCE, Level.CITY, Level.COUNTY),
    OfficialKind.TOWN: (Level.TOWN,),
    OfficialKind.OTHER: (Level.PROVINCE, Level.CITY, Level.COUNTY),
}
_TITLES = {
    OfficialKind.LEADERSHIP: "领导班子成员",
    OfficialKind.DEPARTMENT: "领导班子成员",
    OfficialKind.TOWN: "主要负责人",
    OfficialKind.OTHER: "主要负责人",
}


async def roster_of(region: str, counts: dict[OfficialKind, int]) -> bytes:
    """A CSV of as many invented officials of each kind as `counts` says, over the units of a region."""
    units = await Unit.filter(region_id__startswith=region, until=None).order_by("code").select_related("region")
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(COLUMNS.values())
    for kind, number in counts.items():
        roots = kind is OfficialKind.LEADERSHIP
        fitting = [
            unit for unit in units if unit.region.level in _LEVELS[kind] and (not roots or unit.parent_id is None)
        ]
        for place, unit in enumerate(islice(cycle(fitting), number)):
            code = f"sf-{kind}-{place:05}"
            party = "党" in unit.name or "委" in unit.name.split("会")[0]
            sort = ("party" if party else "government") + ("_head" if unit.parent_id is None else "_department")
            writer.writerow([code, name_of(code), _TITLES[kind], unit.code, KINDS[kind], sort, ""])
    return out.getvalue().encode()

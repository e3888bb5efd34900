"""What of a report those see who prepare, review or comment on it; the column is `domain.reports.column`."""

from typing import Any

from domain.loop.kinds import OFFICE, UNIT, Scene
from domain.reports import answering, articles, checking
from domain.reports.inputs import SCOPES
from kit import clock
from kit.words import label, phrase
from models import Matter, Official, Relation, Report, ReportScope, ReportVersion

BEFORE = 20  # versions named; their content is asked for one by one


async def subject(matter: Matter) -> Report:
    """The report's own row."""
    return await Report.get(matter_id=matter.id)


async def shown(scene: Scene, relations: frozenset[Relation]) -> dict[str, Any]:
    """The report for somebody who stands so to it: the draft for the official's side, what was submitted for others."""
    matter = scene.matter
    report: Report = scene.subject
    official = await Official.get(id=report.official_id).select_related("cycle", "duty_list", "unit")
    fields: dict[str, Any] = {
        "subject": report.content.get("title", ""),
        "official": {"name": official.name, "title": official.title, "unit": official.unit.name},
        "lead_unit": {"id": official.unit_id, "name": official.unit.name},
        "cycle": {
            "year": official.cycle.year,
            "title": official.cycle.title,
            "submit_by": official.cycle.submit_by,
            "longest_seconds": official.cycle.longest_seconds,
        },
        "scope": report.scope,
        "scope_label": label(report.scope, SCOPES[ReportScope(report.scope)]) if report.scope else "",
        "published_at": report.published_at and clock.local(report.published_at),
    }
    if not relations & (OFFICE | UNIT | {Relation.DECIDING, Relation.PERSONNEL}):
        return fields
    versions = await ReportVersion.filter(matter_id=matter.id).order_by("-version").limit(BEFORE)
    hidden = await answering.hidden_from(scene.actor, report.must)
    outline = [{**item, "name": phrase(item["name"])} for item in official.duty_list.items]
    return fields | {
        "outline": outline,
        "must": [one for one in report.must if one["item"] not in hidden],
        "points": report.points,
        "version": report.version,
        "versions": [{"version": one.version, "submitted_at": clock.local(one.submitted_at)} for one in versions],
        "content": answering.without(
            report.content if relations & UNIT or not versions else versions[0].content, hidden
        ),
        "article": await articles.told(matter.id) if relations & OFFICE else None,
        "checks": await checking.told(report, hidden) if relations & OFFICE else None,
    }

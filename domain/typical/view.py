"""What of a typical case those see who work on it: the offices and the leader, all of it."""

from typing import Any

from domain.loop import packs
from domain.loop.kinds import Scene
from kit.words import label, phrase
from models import Audience, Matter, Relation, Typical, TypicalIssue

AUDIENCES = {Audience.INTERNAL: "内部编印", Audience.PUBLIC: "公开发布"}
WORKING = frozenset({Relation.INTAKE, Relation.OVERSIGHT, Relation.DECIDING})


async def subject(matter: Matter) -> Typical:
    """The typical case's own row."""
    return await Typical.get(matter_id=matter.id)


async def shown(scene: Scene, relations: frozenset[Relation]) -> dict[str, Any]:
    """The text, what was found harmless and why, and what was printed or published of it."""
    matter = scene.matter
    own: Typical = scene.subject
    if not relations & WORKING:
        return {}
    book = await packs.book()
    category = book.categories.get(own.category_id)
    issues = await TypicalIssue.filter(matter_id=matter.id).order_by("number")
    told = {
        "标题": own.title,
        "反映的问题": own.reported,
        "办理情况": own.handled,
        "经验启示": own.lesson,
        "类别": label(own.category_id, category.name) if category else own.category_id,
        "公开的地区": book.regions.get(own.told_region, "") or phrase("不写明地区"),
        "无需隐去": _harmless(own),
        "编印和发布": "\n".join(_issued(issue) for issue in issues),
    }
    return {
        "lines": [{"label": phrase(title), "text": text} for title, text in told.items() if text],
        "title": own.title,
        "reported": own.reported,
        "handled": own.handled,
        "lesson": own.lesson,
        "category": own.category_id,
        "category_label": label(own.category_id, category.name) if category else own.category_id,
        "told_region": own.told_region or None,
        "told_region_name": book.regions.get(own.told_region, ""),
        "cleared": own.cleared,
        "issues": [
            {
                "number": issue.number,
                "audience": issue.audience,
                "audience_label": phrase(AUDIENCES[issue.audience]),
                "issued_on": issue.issued_on,
                "live": issue.live,
                "withdrawn_on": issue.withdrawn_on,
            }
            for issue in issues
        ],
    }


def _harmless(own: Typical) -> str:
    """What was found and may stay, with the reasons of both persons."""
    looks: dict[str, Any] = own.cleared
    reasons: dict[str, list[str]] = {}
    for one in (*looks.get("first", ()), *looks.get("second", ())):
        reasons.setdefault(one["text"], []).append(one["reason"])
    return "\n".join(f"{text}（{'；'.join(said)}）" for text, said in reasons.items())


def _issued(issue: TypicalIssue) -> str:
    said = f"{issue.number}. {phrase(AUDIENCES[issue.audience])} {issue.issued_on}"
    return said if issue.live else f"{said} {phrase('已撤下' if issue.withdrawn_on else '已有新版')}"

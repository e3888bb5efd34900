"""转办单: made from the summary and the claims, never from the raw text; each copy is marked for its reader.

The mark, across the page and below it, names unit, person and time, and bears a code that the matter's timeline keeps.
So whoever is shown a copy that got out can ask whose it was.
"""

from dataclasses import dataclass
from datetime import datetime
from html import escape

from tortoise.transactions import in_transaction

from domain.loop import packs, sight
from domain.loop.engine import met
from domain.loop.kinds import OFFICE, TIERS, Scene
from domain.loop.reading import recorded_look
from domain.loop.wording import words
from domain.people.actors import Actor
from domain.people.names import named
from kit import clock, crockford
from kit.errors import Conflict, NotAllowed, NotFound
from models import Case, Entry, EntryBody, Involvement, Relation, SheetCopy
from models.database import insert

READERS = frozenset({Relation.INTAKE, Relation.LIAISON, Relation.LEAD, Relation.ASSIGNEE})
CODE = 10  # Crockford characters: 50 random bits, short enough to be read from a photograph
LOOK = "copy_sheet"


class NotTransferred(Conflict):
    """Nobody handles the case now, so there is no sheet."""

    code, message = "not_transferred", "本件没有正在承办的单位，没有转办单"


@dataclass(frozen=True, slots=True)
class Copy:
    """Whose copy it was."""

    code: str
    number: str
    unit: str
    person: str
    made_at: datetime


_PAGE = """<!doctype html><html lang="zh"><head><meta charset="utf-8"><style>
@page {{ size: A4; margin: 18mm 18mm 20mm; @bottom-center {{ content: "{mark}"; font-size: 8pt; color: #444 }} }}
body {{ font-size: 11pt; line-height: 1.7 }}
h1 {{ font-size: 20pt; text-align: center; margin: 0 0 5mm; letter-spacing: .3em }}
table {{ width: 99.8%; border-collapse: collapse }}
td {{ padding: 2mm 3mm; border: .2mm solid #666; vertical-align: top }}
td:nth-child(odd) {{ width: 26mm; color: #333 }} .long {{ white-space: pre-wrap }} ol {{ margin: 0; padding-left: 6mm }}
.small {{ font-size: 9pt; color: #333; margin: 4mm 0 0 }}
.mark {{ position: fixed; left: 0; top: 0; width: 100%; height: 100%; z-index: -1 }}
.mark svg {{ width: 174mm; height: 255mm }}
</style></head><body>
<div class="mark"><svg viewBox="0 0 174 255">{marks}</svg></div>
<h1>转办单</h1><table>
<tr><td>编号</td><td>{number}</td><td>副本编号</td><td>{code}</td></tr>
<tr><td>提交日期</td><td>{filed_on}</td><td>所在地区</td><td>{region}</td></tr>
<tr><td>类别</td><td>{category}</td><td>紧急程度</td><td>{tier}</td></tr>
<tr><td>主办单位</td><td>{lead}</td><td>协办单位</td><td>{assisting}</td></tr>
<tr><td>内部期限</td><td>{internal}</td><td>法定期限</td><td>{statutory}</td></tr>
<tr><td>反映摘要</td><td colspan="3" class="long">{summary}</td></tr>
<tr><td>诉求清单</td><td colspan="3"><ol>{claims}</ol></td></tr>
<tr><td>摘要核对</td><td colspan="3">{checked}</td></tr>
</table>
<p class="small">本单由摘要生成，不含举报原文。请勿转给被举报的单位和人员，不得打听、泄露举报人信息
（信访工作条例第三十条、第四十六条）。本副本专供 {reader} 使用，
下载已记入办理记录，可凭副本编号追查。</p></body></html>"""

_MARK = (
    '<text x="{x}" y="{y}" transform="rotate(-28 {x} {y})" font-size="4.2" fill="#000" fill-opacity=".11">{text}</text>'
)


async def copied(actor: Actor, number: str) -> str:
    """A new copy for this reader as HTML for `kit.pdf`, recorded; raises NotFound, NotAllowed or NotTransferred."""
    async with in_transaction():
        scene = await met(actor, number, lock=True)
        relations = sight.relations_of(actor, scene.matter, scene.involved)
        if not relations & READERS or actor.post_id is None:
            raise NotAllowed("转办单只供受理方和承办单位使用")
        case: Case = scene.subject
        if case.lead_unit_id is None or not case.summary:
            raise NotTransferred
        code = crockford.random_code(CODE)
        await recorded_look(scene, LOOK, "按转办摘要生成，供办理使用", OFFICE, copy_code=crockford.grouped(code, 5))
        copy = SheetCopy(
            code=code,
            matter_id=scene.matter.id,
            post_id=actor.post_id,
            seq=scene.matter.entries_made,
            made_at=scene.now,
        )
        await insert([copy])
        return await _html(scene, case, code)


async def _html(scene: Scene, case: Case, code: str) -> str:
    matter, standing = scene.matter, scene.actor.standing
    book = await packs.book()
    names = await words((), [place.unit_id for place in scene.involved])
    reader = f"{standing.unit_name if standing else ''} {scene.actor.name}".strip()
    shown = crockford.grouped(code, 5)
    mark = f"{reader} {clock.local(scene.now):%Y-%m-%d %H:%M} {shown}"
    category = book.categories.get(case.category_id)
    return _PAGE.format(
        mark=escape(mark.replace("\\", "").replace('"', "")),
        marks="".join(_MARK.format(x=x, y=y, text=escape(mark)) for y in range(60, 300, 48) for x in (2, 90)),
        number=escape(matter.number),
        code=shown,
        filed_on=f"{matter.filed_on:%Y年%m月%d日}",
        region=escape(book.regions.get(matter.region_id, "")),
        category=escape(f"{case.category_id} {category.name}" if category else case.category_id),
        tier=TIERS[matter.tier],
        lead=escape(names.unit(case.lead_unit_id)),
        assisting=escape("、".join(names.unit(place.unit_id) for place in _assisting(scene.involved)) or "无"),
        internal=_day(matter.internal_due),
        statutory=_day(matter.statutory_due),
        summary=escape(case.summary),
        claims="".join(f"<li>{escape(claim)}</li>" for claim in case.claims),
        checked=await _checked(scene),
        reader=escape(reader),
    )


def _assisting(involved: list[Involvement]) -> list[Involvement]:
    return [place for place in involved if place.relation is Relation.ASSISTING]


def _day(due: datetime | None) -> str:
    return f"{clock.local(due):%Y年%m月%d日}" if due else "未定"


async def _checked(scene: Scene) -> str:
    entry = await Entry.filter(matter_id=scene.matter.id, verb="transfer").order_by("-seq").first()
    body = await EntryBody.get_or_none(entry_id=entry.id) if entry else None
    told = (body.body or {}).get("checked") if body else None
    if not isinstance(told, dict):
        return "转办时没有核对记录"
    hits = f"系统提示 {told['hits']} 处" if told["hits"] else "系统没有提示"
    return f"{hits}，{'已逐项核对' if told['confirmed'] else '无需逐项核对'}"


async def copy_of(code: str) -> Copy:
    """Whose copy bears a code, however it is typed; raises NotFound."""
    copy = await SheetCopy.get_or_none(code=crockford.normal(code)).select_related("matter")
    if copy is None:
        raise NotFound("没有这个副本编号")
    name = (await named([copy.post_id])).get(copy.post_id)
    return Copy(
        code=crockford.grouped(copy.code, 5),
        number=copy.matter.number,
        unit=name.unit if name else "",
        person=name.person if name else "",
        made_at=clock.local(copy.made_at),
    )

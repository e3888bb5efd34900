"""甄别和转办: what helps whoever screens and transfers a case, and the sheet that goes along."""

from datetime import date, datetime
from typing import Annotated, Literal
from uuid import UUID

from aiohttp import web
from pydantic import BaseModel, Field, StringConstraints

from domain.cases import checking, similar, suggesting, transfer_sheet
from domain.cases.transfer_sheet import NotTransferred
from domain.loop import packs
from domain.loop.kinds import TIERS
from domain.marks.marking import MarkKind
from handlers import admission
from handlers.keys import SETTINGS
from handlers.matters import Number
from handlers.spec import Access, Body, Call, Routes
from kit import pdf
from kit.errors import TooMany
from kit.shapes import Line, Text
from kit.words import label, phrase
from models import Role, Tier

routes = Routes("甄别")

SCREENERS = frozenset({Role.REGISTRAR, Role.SUPERVISOR})
SHEET_READERS = frozenset({Role.REGISTRAR, Role.LIAISON, Role.HEAD, Role.HANDLER})
CopyCode = Annotated[str, StringConstraints(pattern=r"^[0-9A-Za-z -]{8,24}$")]


class SimilarCase(BaseModel):
    """可能相似的一件，和相似之处。"""

    number: str
    kind: str
    stage: str
    stage_label: str
    category: str
    region_name: str
    filed_on: date
    days: int = Field(description="与本件提交日期相差的天数")
    ended: bool
    likeness: Literal["same", "high", "some", "none"] = Field(description="文字相近的程度：几乎相同、很近、有些、不近")
    reasons: list[str] = Field(description="相似之处；共同出现的词只给受理方")


@routes.get(
    "/api/v1/matters/{number}/similar",
    access=Access.STAFF,
    roles=SCREENERS,
    summary="可能相似的举报件（至多十件，只列看得到的）",
)
async def similar_cases(call: Call, number: Number) -> list[SimilarCase]:
    """The likest first."""
    found = await similar.similar(call.request.app[SETTINGS], call.actor, number)
    return [SimilarCase.model_validate(one, from_attributes=True) for one in found]


class SuggestedCategoryView(BaseModel):
    """建议的类别，和导致建议的词。"""

    category: str
    name: str
    confidence: float = Field(description="0 到 1")
    level: Literal["sure", "likely", "unsure"] = Field(description="有把握、较可能、把握不大")
    words: list[str]


class SuggestedTierView(BaseModel):
    """建议的紧急程度。"""

    tier: Tier
    label: str
    reason: str
    words: list[str]


class SuggestedUnitView(BaseModel):
    """建议的单位。"""

    id: UUID
    name: str
    reason: str
    words: list[str]


class SuggestedClaimView(BaseModel):
    """原文中的一项诉求。"""

    text: str
    words: list[str]


class SuggestionView(BaseModel):
    """研判建议：仅供参考，由人决定。"""

    model: int = Field(description="模型版本；0 表示还没有训练，没有类别建议")
    trained_on: str
    texts: int = Field(description="训练所用的文本数")
    categories: list[SuggestedCategoryView]
    tier: SuggestedTierView | None
    lead: SuggestedUnitView | None = Field(description="按派单规则，该类别由谁主办")
    accused: list[SuggestedUnitView] = Field(description="文中提到的单位，可能是被举报单位")
    claims: list[SuggestedClaimView]


@routes.get(
    "/api/v1/matters/{number}/suggestions",
    access=Access.STAFF,
    roles=frozenset({Role.REGISTRAR}),
    summary="类别、紧急程度、单位和诉求的建议，各附理由",
)
async def suggestions(call: Call, number: Number) -> SuggestionView:
    """Never decisive: whoever screens takes them over, or not."""
    found = await suggesting.suggested(call.actor, number)
    book = await packs.book()
    return SuggestionView(
        model=found.model,
        trained_on=found.trained_on,
        texts=found.texts,
        categories=[
            SuggestedCategoryView(
                category=one.category,
                name=phrase(book.categories[one.category].name),
                confidence=round(one.confidence, 2),
                level=suggesting.level(one),
                words=one.words,
            )
            for one in found.categories
        ],
        tier=found.tier
        and SuggestedTierView(
            tier=found.tier.tier,
            label=label(found.tier.tier, TIERS[found.tier.tier]),
            reason=phrase(found.tier.reason),
            words=found.tier.words,
        ),
        lead=found.lead and _unit(found.lead),
        accused=[_unit(one) for one in found.accused],
        claims=[SuggestedClaimView.model_validate(one, from_attributes=True) for one in found.claims],
    )


def _unit(one: suggesting.SuggestedUnit) -> SuggestedUnitView:
    return SuggestedUnitView(id=one.id, name=one.name, reason=phrase(one.reason), words=one.words)


class SummaryDraft(Body):
    """将要转办的内容。"""

    summary: Annotated[str, Text(4000)] = Field(title="转办摘要")
    claims: list[Annotated[str, Line(300)]] | None = Field(
        None, max_length=20, title="诉求清单", description="不填则核对已登记的诉求"
    )


class HitView(BaseModel):
    """一处需要核对的内容。"""

    field: str = Field(description="summary，或 claims. 加诉求序号（从 0 开始）")
    start: int
    end: int
    kind: MarkKind
    kind_label: str
    text: str
    in_raw: bool = Field(description="原文中也有")
    identity: bool = Field(description="与举报人登记的身份信息相同")


@routes.post(
    "/api/v1/matters/{number}/summary-check",
    access=Access.STAFF,
    roles=frozenset({Role.REGISTRAR}),
    summary="核对转办摘要中能认出人的内容",
    refusals=(TooMany,),
    limit=64 * 1024,
)
async def check_summary(call: Call, number: Number, body: SummaryDraft) -> list[HitView]:
    """Meeting what the vault holds is recorded as a look."""
    settings = call.request.app[SETTINGS]
    await admission.spend(call.request.app, admission.CHECKS, admission.whose(settings, call.actor))
    hits = await checking.checked(settings, call.actor, number, body.summary, body.claims)
    return [HitView(**checking.told(hit)) for hit in hits]


@routes.post(
    "/api/v1/matters/{number}/transfer-sheets",
    access=Access.STAFF,
    roles=SHEET_READERS,
    summary="下载转办单（PDF，每份标明使用人，记入办理记录）",
    refusals=(NotTransferred,),
    produces="application/pdf",
)
async def transfer_sheet_copied(call: Call, number: Number) -> web.Response:
    """A new copy each time."""
    content = await pdf.rendered(await transfer_sheet.copied(call.actor, number))
    return web.Response(
        body=content,
        content_type="application/pdf",
        headers={"Content-Disposition": f'attachment; filename="transfer-{number}.pdf"'},
    )


class SheetCopyView(BaseModel):
    """一份转办单是谁的。"""

    code: str
    number: str
    unit: str
    person: str
    made_at: datetime


@routes.get(
    "/api/v1/audit/copies/{code}",
    access=Access.STAFF,
    roles=frozenset({Role.AUDIT_ADMIN}),
    summary="按副本编号追查转办单",
)
async def copy(_call: Call, code: CopyCode) -> SheetCopyView:
    """However it is typed."""
    return SheetCopyView.model_validate(await transfer_sheet.copy_of(code), from_attributes=True)

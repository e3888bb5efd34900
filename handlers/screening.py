"""甄别: what helps whoever screens a case: similar cases."""

from datetime import date
from typing import Literal

from pydantic import BaseModel, Field

from domain.cases import similar
from handlers.keys import SETTINGS
from handlers.matters import Number
from handlers.spec import Access, Call, Routes
from models import Role

routes = Routes("甄别")

SCREENERS = frozenset({Role.REGISTRAR, Role.SUPERVISOR})


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

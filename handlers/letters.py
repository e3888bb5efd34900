"""文书: the letters of a matter, and links to copies that name their reader."""

from datetime import datetime
from uuid import UUID

from pydantic import BaseModel, Field

from domain.loop import lettered
from domain.loop.lettered import NotRendered
from handlers.files import GOOD_FOR, LETTER, Opened, address, cookie
from handlers.matters import Number
from handlers.spec import Access, Call, Reply, Routes
from kit import clock

routes = Routes("文书")


class LetterView(BaseModel):
    """一份文书。"""

    id: UUID
    form: str
    form_label: str
    number: str = Field(description="文号")
    title: str
    from_unit: str
    to_unit: str | None
    issued_at: datetime
    answer_due: datetime | None = Field(description="书面回复的时限")
    read_at: datetime | None = Field(description="收文单位第一次打开的时间")
    read_by: str | None
    signed_at: datetime | None
    signed_by: str | None
    answered_by_entry: int | None = Field(description="书面回复是第几条办理记录")
    ready: bool = Field(description="可以打开；刚下发的几秒后才能打开")
    pages: int
    bytes: int
    sha256: str | None = Field(description="留存的原文的 SHA-256；阅件上另有阅件人的水印")


@routes.get("/api/v1/matters/{number}/letters", access=Access.STAFF, summary="事项的文书")
async def listed(call: Call, number: Number) -> list[LetterView]:
    """Those that the reader may read, the oldest first."""
    return [LetterView(**one) for one in await lettered.letters_of(call.actor, number)]


@routes.post(
    "/api/v1/matters/{number}/letters/{letter}/openings",
    access=Access.STAFF,
    summary="打开文书（收文单位第一次打开记入时间线）",
    refusals=(NotRendered,),
)
async def opened(call: Call, number: Number, letter: UUID) -> Reply[Opened]:
    """A link to a PDF with the reader's name on each page, for this reader and a short time."""
    await lettered.opened(call.actor, number, letter)
    url = address(call, letter, LETTER, 0)
    return Reply(Opened(url=url, until=clock.local(clock.now() + GOOD_FOR)), headers=cookie(call))

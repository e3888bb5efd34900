"""隐私告知: what people are told before they report, in versions that don't change once somebody was shown one."""

from datetime import date
from typing import Annotated

from pydantic import BaseModel, Field, StringConstraints

from domain.loop import packs
from handlers.spec import Access, Call, Query, Routes
from kit import clock
from kit.errors import NotFound

routes = Routes("隐私告知")

Version = Annotated[str, StringConstraints(pattern=r"^[0-9A-Za-z.-]{1,20}$")]


class Notice(BaseModel):
    """一个版本的隐私告知。"""

    version: str = Field(description="提交举报时放进 privacy_version")
    effective_from: date
    language: str
    text: str = Field(description="Markdown")


class PrivacyQuery(Query):
    """哪一个版本；不填则为现行版本。"""

    version: Version | None = None


@routes.get("/api/v1/privacy", access=Access.PUBLIC, summary="隐私告知", refusals=(NotFound,), anonymous=True)
async def notice(call: Call, query: PrivacyQuery) -> Notice:
    """The one that holds today, or the version that a complainant was shown then."""
    book = await packs.book()
    if query.version is None:
        found = book.notice(clock.today())
    else:
        known = next((one for one in book.notices if one.version == query.version), None)
        if known is None:
            raise NotFound("没有这个版本的隐私告知")
        found = known
    return Notice(
        version=found.version,
        effective_from=found.effective_from,
        language=call.language,
        text=found.text[call.language].strip(),
    )

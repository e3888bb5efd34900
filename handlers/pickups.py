"""领取回执: what was filed in the chat is handed out once, by the link that was said there."""

from datetime import date
from typing import Annotated

from pydantic import BaseModel, Field, StringConstraints

from domain.wechat import pickups
from domain.wechat.pickups import PickedUp
from handlers.cases import Promises
from handlers.keys import SETTINGS
from handlers.spec import Access, Body, Call, Routes

routes = Routes("举报")

_Random = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_-]{16,64}$")]


class PickUp(Body):
    """凭链接里的令牌领取。"""

    token: _Random = Field(title="令牌", description="链接 # 之后的 token")
    taker: _Random = Field(title="领取者", description="客户端自己生成的随机数；10 分钟内凭它可以再领一次")


class Waiting(BaseModel):
    """等待领取的回执：密码只出现这一次。"""

    number: str = Field(title="编号")
    secret: str = Field(title="查询密码")
    filed_on: date
    promises: Promises
    entry_hash: str = Field(title="首条办理记录的哈希")
    lost_files: int = Field(title="没有取到的附件", description="发在聊天里、最终没有取到的照片、语音或视频的个数")


@routes.post(
    "/api/v1/pickups",
    access=Access.PUBLIC,
    summary="领取在微信对话中提交的举报的回执",
    refusals=(PickedUp,),
    anonymous=True,
    limit=1024,
)
async def take(call: Call, body: PickUp) -> Waiting:
    """A POST, so that nobody who only looks at links uses one up."""
    content, lost = await pickups.taken(call.request.app[SETTINGS], body.token, body.taker)
    return Waiting(lost_files=lost, **content)

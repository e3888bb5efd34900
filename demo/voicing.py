"""我述你评 and 质询 of the demo: votes in the boxes of some reports, words in every state of being read, questions.

The operator has opened the public's channel; its window is open, so that whoever looks may vote and sees no result.
One whose window is closed is in `demo.rated`.
"""

from datetime import datetime, timedelta
from random import Random

from tortoise.transactions import in_transaction

from demo.reporting import officer
from domain.loop import engine
from domain.people.actors import VISITOR
from domain.questions import asking
from domain.voices import boxes, comments, electors, emptying
from domain.voices.electors import Elector, Rated
from kit import clock
from kit.settings import Settings
from models import (
    CommentState,
    Loading,
    Matter,
    Official,
    RatingChannelCode,
    RatingCriterion,
    Report,
    ReportComment,
    ReportScope,
    Role,
)

NAME = "demo-voices"
REPORTS = 6  # the newest of the column
VOTERS = (12, 40)  # of a report
PUBLIC = RatingChannelCode.PUBLIC
# What is written with a vote, and what its reader makes of it; None: it still waits.
WORDS: tuple[tuple[str, CommentState | None, str, str], ...] = (
    ("企业开办从五天压到一天，这一项确实办到了。", CommentState.PUBLIC, "", "感谢监督。下一步把注销也纳入一日办结。"),
    ("希望讲清楚拖欠工程款清了多少、还剩多少。", CommentState.PUBLIC, "", ""),
    ("执法检查次数少了，但同一件事还是来了两拨人。", CommentState.OFFICIAL, "涉及正在核查的事项，先转述法人", ""),
    ("某某经理收了钱才给办，大家都知道。", CommentState.REFUSED, "指名道姓且没有依据；如有线索请用一键举报", ""),
    ("窗口中午没有人，能不能轮班？", None, "", ""),
)
ASKED: tuple[tuple[str, str], ...] = (
    (
        "去年述法时承诺清理的欠款，现在清理到什么程度？",
        "去年承诺清理的三笔欠款已付两笔，余下一笔列入今年整改清单，十二月底前付清。",
    ),
    ("涉企检查扫码入企实行以后，重复检查怎么避免？", ""),
)


async def said(settings: Settings, seed: str, until: datetime) -> None:
    """All of it once, in one transaction."""
    async with in_transaction():
        if await Loading.exists(name=NAME):
            return
        numbers = await Report.filter(
            published_at__not_isnull=True, scope=ReportScope.PUBLIC, matter__stage="published"
        ).order_by("-published_at").limit(REPORTS).values_list("matter__number", flat=True)  # fmt: skip
        rated = [await electors.public_one(str(number)) for number in numbers]
        with clock.at(until - timedelta(days=3)):
            for one in rated:
                await voted(settings, one, Random(f"{seed}/{one.id}"))  # a story, no secret
        with clock.at(until - timedelta(days=2)):
            await emptying.emptied(settings)
        for one in rated:
            await read(one, until)
        await _asked(rated[0], until)
        await Loading.create(name=NAME, total=1, done=1, note={"label": "演示评议", "until": until.isoformat()})


async def voted(settings: Settings, rated: Rated, chance: Random) -> None:
    """Votes of so many, mostly content; the first few wrote something."""
    criteria = [one.code for one in await RatingCriterion.all() if PUBLIC in one.channels]
    for voter in range(chance.randint(*VOTERS)):
        scores = {code: chance.choices((1, 2, 3, 4, 5), (2, 4, 14, 40, 40))[0] for code in criteria}
        words = WORDS[voter][0] if voter < len(WORDS) else None
        await boxes.cast(settings, Elector(rated, PUBLIC, f"demo/{voter}".encode()), scores, words)


async def read(rated: Rated, until: datetime) -> None:
    """Each comment as the table says, by a reviewer of the report; the official replies where there is a reply."""
    matter = await Matter.get(id=rated.id)
    reviewer = await officer(Role.PRE_REVIEWER, matter.receiving_unit_id)
    official = await officer(Role.OFFICIAL, rated.unit_id)
    fates = {text: (fate, reason, reply) for text, fate, reason, reply in WORDS}
    for comment in await ReportComment.filter(report_id=rated.id):
        fate, reason, reply = fates[comment.text]
        with clock.at(until - timedelta(days=1)):
            if fate:
                await comments.decided(reviewer, comment.id, fate, reason)
            if reply:
                await comments.replied(official, comment.id, reply)
                await comments.decided(reviewer, comment.id, CommentState.PUBLIC, "")


async def _asked(rated: Rated, until: datetime) -> None:
    """One question answered and published, one that waits for its answer."""
    reviewer = await officer(Role.PRE_REVIEWER, (await Matter.get(id=rated.id)).receiving_unit_id)
    for text, answer in ASKED:
        with clock.at(until - timedelta(days=4)):
            number = await asking.asked(VISITOR, rated.id, PUBLIC, text)
        with clock.at(until - timedelta(days=3)):
            await engine.take(reviewer, number, "accept_question", {})
        if answer:
            with clock.at(until - timedelta(days=2)):
                official = await officer(Role.OFFICIAL, (await Official.get(report__matter_id=rated.id)).unit_id)
                await engine.take(official, number, "answer_question", {"text": answer})
            with clock.at(until - timedelta(days=1)):
                await engine.take(reviewer, number, "publish_answer", {})

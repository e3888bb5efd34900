"""我述你评: rating a published report, asking about it, what was said of it; and reading words before they show."""

from datetime import date
from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, Field, StringConstraints

from domain.loop import once
from domain.loop.once import KeyReused
from domain.people.actors import VISITOR, Actor
from domain.questions import asking
from domain.voices import boxes, comments, electors, results
from domain.voices.boxes import AlreadyVoted
from domain.voices.comments import STATES, CommentDecided, NotToBeAnswered
from domain.voices.electors import Elector, NotAnElector, Rated, RatingOff, RatingOver
from domain.wechat import identities
from domain.wechat.identities import Identity, ProofOver
from handlers import admission, cursors
from handlers.admission import ProofRequired
from handlers.cursors import Cursor
from handlers.exchange import PROOF
from handlers.keys import SETTINGS
from handlers.matters import Number
from handlers.spec import Access, Body, Call, Query, Raw, Routes
from kit import crypto
from kit.errors import NotFound, TooMany
from kit.limits import Limit
from kit.proof import ProofWrong
from kit.shapes import Text, Whole
from kit.words import label
from models import ActorKind, CommentState, RatingChannel, RatingChannelCode, Role

routes = Routes("述法评议")

PUBLIC = "/api/v1/public/reports/{number}"
STAFF = "/api/v1/reports/{number}"
HOUR = 60 * 60
VOICES = Limit("voices", 60, HOUR)  # of one person: a look at the form, a vote, and those of other reports
QUESTIONS = Limit("questions", 5, 24 * HOUR)  # of one person
ALL_VOICES = Limit("all_voices", 600, 60)  # over everybody, then for work

Proof = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_-]{20,1000}$")]
Code = Annotated[str, StringConstraints(pattern=r"^[a-z_]{1,20}$")]
Score = Annotated[Whole, Field(ge=boxes.WORST, le=boxes.BEST)]
REFUSED = (RatingOver, RatingOff, AlreadyVoted, NotAnElector, ProofOver, ProofRequired, ProofWrong, TooMany)


class WeChatProof(Body):
    """微信身份凭证（POST /api/v1/wechat/identities 取得），只用来核对一人一票。"""

    proof: Proof


class Vote(Body):
    """一次评议：每项 1 至 5 分，可以附几句话。"""

    scores: Annotated[dict[Code, Score], Field(max_length=20)] = Field(description="评议项目的代码和分值，每项必填")
    words: Annotated[str, Text(500)] | None = Field(None, description="审核后可能公开；不要写能认出您的内容")


class PublicVote(Vote, WeChatProof):
    """公众的一次评议。"""


class QuestionText(Body):
    """一个质询。"""

    text: Annotated[str, Text(1000)] = Field(description="审核后转述法人答复，与答复一起公开")


class PublicAsk(QuestionText, WeChatProof):
    """公众的一个质询。"""


class CriterionView(BaseModel):
    """一个评议项目。"""

    code: str
    name: str
    says: str


class BallotView(BaseModel):
    """我能不能评、评什么、评过没有；评了什么没有人能查到。"""

    channel: RatingChannelCode
    channel_name: str
    until: date
    open: bool
    voted: bool | None = Field(description="截止后无法得知，为空")
    criteria: list[CriterionView]


class SharesView(BaseModel):
    """一个项目中各分值所占的百分比，从 1 分到 5 分；会议票上打分的人数不足时为空。"""

    name: str
    shares: list[int]


class ResultView(BaseModel):
    """一个渠道的结果；人数不足时没有数字。各渠道不合计。"""

    channel: RatingChannelCode
    channel_name: str
    fewest: int = Field(description="至少多少人参与才公布")
    votes: int | None
    criteria: list[SharesView]


class QuestionView(BaseModel):
    """一个已公开的质询和答复。"""

    asked_by: str
    text: str
    answer: str
    published_on: date


class Voices(BaseModel):
    """一篇述法报告的评议和质询。截止前任何人都看不到结果。"""

    until: date
    open: bool
    by_public: bool = Field(description="是否开通公众评议")
    results: list[ResultView]
    questions: list[QuestionView]


class CommentView(BaseModel):
    """一条公开的意见和述法人的回应；没有先后。"""

    id: UUID
    channel: RatingChannelCode
    text: str
    reply: str
    replied_on: date | None


class CommentPage(BaseModel):
    """一页意见。"""

    items: list[CommentView]
    next: str | None


class ReadView(CommentView):
    """一条待审核或已审核的意见。"""

    number: str
    official: str = Field(description="述法人")
    unit: str
    said_on: date
    state: CommentState
    state_label: str
    reason: str
    reply_state: CommentState | None
    reply_reason: str


class ReadPage(BaseModel):
    """一页意见。"""

    items: list[ReadView]
    next: str | None


class CommentQuery(Query):
    """从哪里往后。"""

    cursor: Cursor | None = None
    limit: Annotated[Whole, Field(ge=1, le=50)] = 20


class ReadQuery(CommentQuery):
    """只看待审核的，或者全部。"""

    waiting: bool = True


class CommentDecision(Body):
    """审核结果；不公开的必须写明理由。"""

    outcome: Annotated[CommentState, Field(description="public、official（只转述法人）或 refused")]
    reason: Annotated[str, Text(500)] | None = None


class ReplyText(Body):
    """述法人的回应，审核后公开。"""

    text: Annotated[str, Text(1000)]


class QuestionAsked(BaseModel):
    """质询的编号。"""

    number: str


@routes.post(f"{PUBLIC}/ballot", access=Access.PUBLIC, summary="我的评议票（公众）", refusals=REFUSED, anonymous=True)
async def public_ballot(call: Call, number: Number, body: WeChatProof) -> BallotView:
    """With a proof in its body, which no log and no address keeps."""
    identity = await _known(call, body.proof)
    return await _ballot(call, await electors.of_public(number, identity))


@routes.post(
    f"{PUBLIC}/votes", access=Access.PUBLIC, summary="评议（公众）", status=204, refusals=REFUSED, anonymous=True
)
async def public_vote(call: Call, number: Number, body: PublicVote) -> None:
    """One person, one vote for a report; it can be neither found nor taken back."""
    identity = await _known(call, body.proof)
    await _admitted(call)
    await _cast(call, await electors.of_public(number, identity), body)


@routes.post(
    f"{PUBLIC}/questions", access=Access.PUBLIC, summary="质询（公众）", status=201, refusals=(*REFUSED, KeyReused),
    idempotent=True, anonymous=True,
)  # fmt: skip
async def public_question(call: Call, number: Number, body: PublicAsk) -> QuestionAsked | Raw:
    """Of somebody whom WeChat knows; nothing about them is kept with the question."""
    identity = await _known(call, body.proof)
    await _admitted(call)
    return await _asked(call, VISITOR, await electors.of_public(number, identity), body.text)


@routes.get(
    f"{STAFF}/ballot", access=Access.ANYONE_KNOWN, summary="我的评议票（评议代表；凭回执）", refusals=(NotAnElector,),
    anonymous=True,
)  # fmt: skip
async def ballot(call: Call, number: Number) -> BallotView:
    """Of an evaluator, or of the holder of a closed case's receipt, who rates how it was put right."""
    return await _ballot(call, await electors.of_actor(number, call.actor))


@routes.post(
    f"{STAFF}/votes", access=Access.ANYONE_KNOWN, summary="评议（评议代表；凭回执）", status=204, refusals=REFUSED,
    anonymous=True,
)  # fmt: skip
async def vote(call: Call, number: Number, body: Vote) -> None:
    """The same for those whom we know."""
    elector = await electors.of_actor(number, call.actor)
    if call.actor.kind is ActorKind.RECEIPT:
        await _admitted(call)
    await _spent(call, VOICES, elector.name)
    await _cast(call, elector, body)


@routes.post(
    f"{STAFF}/questions", access=Access.STAFF, roles=frozenset({Role.EVALUATOR}), summary="质询（评议代表）",
    status=201, refusals=(NotAnElector, TooMany, KeyReused), idempotent=True,
)  # fmt: skip
async def question(call: Call, number: Number, body: QuestionText) -> QuestionAsked | Raw:
    """The official never learns who asked."""
    return await _asked(call, call.actor, await electors.of_actor(number, call.actor), body.text)


@routes.get(f"{PUBLIC}/voices", access=Access.PUBLIC, summary="评议结果和质询（公开）", anonymous=True)
async def public_voices(_: Call, number: Number) -> Voices:
    """Channel by channel, once the window is closed and where enough took part."""
    return await _voices(await electors.public_one(number), None)


@routes.get(f"{STAFF}/voices", access=Access.STAFF, summary="评议结果和质询（含内部渠道）")
async def voices(call: Call, number: Number) -> Voices:
    """All channels for the reviewing office, leaders, 组织人事 and the official; for others as the public sees them."""
    return await _voices(await electors.seen_by(number, call.actor), call.actor)


@routes.get(f"{PUBLIC}/comments", access=Access.PUBLIC, summary="公开的评议意见", anonymous=True)
async def public_comments(_: Call, number: Number, query: CommentQuery) -> CommentPage:
    """In no order that tells anything."""
    rated = await electors.public_one(number)
    found = await comments.published(rated.id, cursors.read(query.cursor, lambda key: UUID(key[0])), query.limit + 1)
    shown = [row | ({} if row["reply_state"] == "public" else {"reply": "", "replied_on": None}) for row in found]
    items = [CommentView(**{name: row[name] for name in CommentView.model_fields}) for row in shown[: query.limit]]
    return CommentPage(items=items, next=cursors.written(items[-1].id) if len(found) > query.limit else None)


@routes.get(
    "/api/v1/report-comments", access=Access.STAFF, roles=frozenset({Role.PRE_REVIEWER, Role.OFFICIAL}),
    summary="评议意见（审核；述法人）",
)  # fmt: skip
async def to_read(call: Call, query: ReadQuery) -> ReadPage:
    """For those who review the report, what waits or all; for the official, what is theirs to know."""
    after = cursors.read(query.cursor, lambda key: UUID(key[0]))
    waiting = query.waiting and call.actor.role is Role.PRE_REVIEWER
    found = await comments.to_read(call.actor, waiting=waiting, after=after, limit=query.limit + 1)
    items = [
        ReadView(
            **{name: row[name] for name in ReadView.model_fields if name != "state_label"},
            state_label=label(row["state"], STATES[CommentState(row["state"])]),
        )
        for row in found[: query.limit]
    ]
    return ReadPage(items=items, next=cursors.written(items[-1].id) if len(found) > query.limit else None)


@routes.post(
    "/api/v1/report-comments/{comment}/decision", access=Access.STAFF, roles=frozenset({Role.PRE_REVIEWER}),
    summary="审核评议意见或回应", status=204, refusals=(CommentDecided, NotFound),
)  # fmt: skip
async def decided(call: Call, comment: UUID, body: CommentDecision) -> None:
    """By a reviewer of the report, never a subordinate of its official; a refusal has its reason."""
    await comments.decided(call.actor, comment, body.outcome, body.reason or "")


@routes.post(
    "/api/v1/report-comments/{comment}/reply", access=Access.STAFF, roles=frozenset({Role.OFFICIAL}),
    summary="回应评议意见", status=204, refusals=(NotToBeAnswered, NotFound),
)  # fmt: skip
async def replied(call: Call, comment: UUID, body: ReplyText) -> None:
    """Once for each published comment; a reply that was refused may be written anew."""
    await comments.replied(call.actor, comment, body.text)


async def _asked(call: Call, actor: Actor, elector: Elector, text: str) -> Raw:
    """Once for a key, which is the client's alone: no part of whoever asks goes into what is kept of it."""
    scope = f"question:{elector.rated.number}"
    key, settings = call.idempotency_key, call.request.app[SETTINGS]
    kept = once.keyed(settings, scope, key, text) if key else None
    answer = await once.given(kept) if kept else None
    if answer is None:
        await _spent(call, QUESTIONS, elector.name)

        async def act() -> dict[str, str]:
            number = await asking.asked(actor, elector.rated.id, elector.channel, text)
            return {"number": number}

        answer = await once.answered(kept, 201, act)
    return Raw(answer.body, answer.status, {"Idempotency-Replayed": "true"} if answer.replayed else {})


async def _known(call: Call, given: str) -> Identity:
    identity = identities.proved(call.request.app[SETTINGS], given)
    await _spent(call, VOICES, f"{identity.unionid or identity.openid}".encode())
    return identity


async def _spent(call: Call, limit: Limit, name: bytes) -> None:
    await admission.spend(
        call.request.app, limit, crypto.keyed_hash(call.request.app[SETTINGS].index, b"voices", name).hex()
    )


async def _admitted(call: Call) -> None:
    """Above what people do together, only for work."""
    if given := call.request.headers.get(PROOF):
        await admission.proof_taken(call.request.app, given)
        return
    try:
        await admission.spend(call.request.app, ALL_VOICES)
    except TooMany:
        raise admission.asked(call.request.app) from None


async def _ballot(call: Call, elector: Elector) -> BallotView:
    met = await boxes.met(call.request.app[SETTINGS], elector)
    channel = await RatingChannel.get(code=elector.channel)
    return BallotView(
        channel=elector.channel,
        channel_name=channel.name,
        until=elector.rated.until,
        open=met.open,
        voted=met.voted,
        criteria=[CriterionView(code=one.code, name=one.name, says=one.says) for one in met.criteria],
    )


async def _cast(call: Call, elector: Elector, body: Vote) -> None:
    await boxes.cast(call.request.app[SETTINGS], elector, body.scores, body.words)


async def _voices(rated: Rated, actor: Actor | None) -> Voices:
    return Voices(
        until=rated.until,
        open=not rated.over,
        by_public=rated.by_public,
        results=[
            ResultView(
                channel=one.channel.code,
                channel_name=one.channel.name,
                fewest=one.channel.fewest,
                votes=one.votes,
                criteria=[SharesView(name=part.name, shares=part.shares) for part in one.criteria],
            )
            for one in await results.of(rated, actor)
        ],
        questions=[QuestionView(**one) for one in await asking.answered(rated.id)],
    )

"""Who may rate a report, in which channel, and by which name their one vote is known."""

from dataclasses import dataclass, field
from datetime import date
from typing import Any
from uuid import UUID

from domain.loop import sight
from domain.people.actors import Actor
from domain.wechat.identities import Identity
from kit import clock
from kit.errors import Conflict, NotAllowed, NotFound
from models import ActorKind, RatingChannelCode, ReportScope, Role
from models.database import connection


class RatingOver(Conflict):
    """The window is closed, and stays so."""

    code, message = "rating_over", "评议已经截止"


class RatingOff(Conflict):
    """The operator has not opened the public's channel for this year (国办函〔2026〕12号)."""

    code, message = "rating_off", "本年度没有开通公众评议"


class NotAnElector(NotAllowed):
    """The official, whoever works for them or stepped aside does not rate; nor does who had nothing put right."""

    code, message = (
        "not_an_elector",
        "您不能评议：本人、下属和申请回避的不评议；举报人只能评议办理过自己事项的单位",
    )


@dataclass(frozen=True, slots=True)
class Rated:
    """A published report, as far as rating it goes."""

    id: UUID
    number: str
    scope: ReportScope
    unit_id: UUID
    person_id: UUID | None
    region: str
    year: int
    until: date
    by_public: bool

    @property
    def over(self) -> bool:
        """Whether the day has passed."""
        return clock.today() > self.until


@dataclass(frozen=True, slots=True)
class Elector:
    """Somebody who may rate this report; `name` is theirs alone in the channel and goes nowhere but into a hash."""

    rated: Rated
    channel: RatingChannelCode
    name: bytes = field(repr=False)


_RATED = """
SELECT r.matter_id AS id, m.number, r.scope, o.unit_id, o.person_id, o.region_id AS region, c.year, c.rate_by AS until,
       c.public_rating AS by_public
FROM report r JOIN matter m ON m.id = r.matter_id JOIN official o ON o.id = r.official_id
JOIN report_cycle c ON c.id = o.cycle_id WHERE m.number = $1 AND r.published_at IS NOT NULL
"""


async def published(number: str) -> Rated:
    """A report that is published, to whomever; raises NotFound."""
    _, rows = await connection().execute_query(_RATED, [number])
    if not rows:
        raise NotFound("没有找到这篇述法报告，可能还没有发布，或者已经撤下")
    row: dict[str, Any] = dict(rows[0])
    return Rated(**{**row, "scope": ReportScope(row["scope"])})


async def public_one(number: str) -> Rated:
    """A report that is published for everybody; raises NotFound."""
    rated = await published(number)
    if rated.scope is not ReportScope.PUBLIC:
        raise NotFound("没有找到这篇述法报告，可能还没有发布，或者已经撤下")
    return rated


async def of_public(number: str, identity: Identity) -> Elector:
    """Anybody whom WeChat knows, where the operator opened the channel; raises NotFound or RatingOff."""
    rated = await public_one(number)
    if not rated.by_public:
        raise RatingOff
    # One person of one open platform is one, whichever of our accounts they came by.
    known = ("unionid", identity.unionid) if identity.unionid else (identity.app_id, identity.openid)
    return Elector(rated, RatingChannelCode.PUBLIC, "\0".join(known).encode())


async def of_actor(number: str, actor: Actor) -> Elector:
    """An evaluator, or the holder of a closed case's receipt; raises NotFound or NotAnElector."""
    if actor.kind is ActorKind.RECEIPT and actor.matter_id:
        return await _complainant(await public_one(number), actor.matter_id)
    rated = await seen_by(number, actor)
    if actor.role is not Role.EVALUATOR or actor.person_id is None:
        raise NotAnElector
    if rated.unit_id in actor.shut or actor.person_id == rated.person_id or await _excluded(rated, actor):
        raise NotAnElector
    return Elector(rated, RatingChannelCode.EVALUATOR, actor.person_id.bytes)


async def seen_by(number: str, actor: Actor) -> Rated:
    """A report in a scope that admits this member of staff, as the column does; raises NotFound."""
    rated = await published(number)
    own = actor.standing.region if actor.standing else "-"
    near = rated.region.startswith(own) or own.startswith(rated.region)
    admitted = rated.scope is ReportScope.EVALUATORS or actor.role is not Role.EVALUATOR
    for_all = rated.scope is ReportScope.PUBLIC
    if not for_all and (not (near and admitted) or await _excluded(rated, actor)):
        raise NotFound("没有找到这篇述法报告，可能还没有发布，或者已经撤下")
    return rated


async def _excluded(rated: Rated, actor: Actor) -> bool:
    return any(await sight.excluded_among(rated.id, [actor]))


_HANDLED = """
SELECT 1 FROM matter m JOIN case_file c ON c.matter_id = m.id JOIN unit u ON u.id = c.lead_unit_id
WHERE m.id = $1 AND m.stage = 'closed' AND $2::uuid = ANY(u.line) AND m.ended_at >= make_date($3, 1, 1)
"""


async def _complainant(rated: Rated, matter_id: UUID) -> Elector:
    """Whose case this unit, or one below it, handled to its end since the year began."""
    _, rows = await connection().execute_query(_HANDLED, [matter_id, rated.unit_id, rated.year])
    if not rows:
        raise NotAnElector
    return Elector(rated, RatingChannelCode.COMPLAINANT, matter_id.bytes)

"""订阅: how many messages somebody still lets us send; the phone tells, WeChat's events prove, its refusals decide."""

from uuid import UUID, uuid4

from kit import clock
from models import Consent
from models.database import connection

# A tap is told of twice, by the phone and by WeChat's event, in any order, and either may be lost: so it counts when
# the larger of both numbers grows.
_TOLD = """
INSERT INTO consent (id, fan_id, template, "left", unproved) VALUES ($1, $2, $3, 1, 1)
ON CONFLICT (fan_id, template) DO UPDATE SET
    "left" = consent."left" + (consent.unproved >= 0)::int, unproved = consent.unproved + 1, refused_at = NULL
"""
_PROVED = """
INSERT INTO consent (id, fan_id, template, "left", unproved) VALUES ($1, $2, $3, 1, -1)
ON CONFLICT (fan_id, template) DO UPDATE SET
    "left" = consent."left" + (consent.unproved <= 0)::int, unproved = consent.unproved - 1, refused_at = NULL
"""
_USED = 'UPDATE consent SET "left" = greatest("left" - 1, 0) WHERE fan_id = $1 AND template = $2'
_NONE = """
INSERT INTO consent (id, fan_id, template, "left", unproved, refused_at) VALUES ($1, $2, $3, 0, 0, $4)
ON CONFLICT (fan_id, template) DO UPDATE SET "left" = 0, unproved = 0, refused_at = $4
"""
EVERYTHING = "*"  # as a template: they want to hear nothing from us


async def told(fan_id: UUID, template: str) -> None:
    """Their phone says that they consented to one more."""
    await connection().execute_query(_TOLD, [uuid4(), fan_id, template])


async def proved(fan_id: UUID, template: str) -> None:
    """WeChat's event says so."""
    await connection().execute_query(_PROVED, [uuid4(), fan_id, template])


async def used(fan_id: UUID, template: str) -> None:
    """One was sent."""
    await connection().execute_query(_USED, [fan_id, template])


async def refused(fan_id: UUID, template: str = EVERYTHING) -> None:
    """There is none left, whatever we counted: WeChat refused to send, or they switched it off."""
    await connection().execute_query(_NONE, [uuid4(), fan_id, template, clock.now()])


async def wanted_again(fan_id: UUID) -> None:
    """They want to hear from us after all."""
    await Consent.filter(fan_id=fan_id, template=EVERYTHING).delete()


async def left(fan_id: UUID, template: str) -> int:
    """How many there are."""
    found = await Consent.get_or_none(fan_id=fan_id, template=template)
    return found.left if found else 0


async def silent(fan_id: UUID) -> bool:
    """Whether they want to hear nothing."""
    return await Consent.exists(fan_id=fan_id, template=EVERYTHING)

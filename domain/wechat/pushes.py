"""What WeChat pushes takes effect once, together with the note that it did; whoever brings it again gets the answer."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import timedelta

from tortoise.transactions import in_transaction

from kit import clock, crypto
from kit.settings import Settings
from models import Push
from models.database import connection

KEPT = timedelta(days=1)  # far longer than WeChat repeats itself, or a signature is fresh

# Whoever else has it in hand is waited for here until they commit or give up, and so is whoever holds a row that the
# effect needs; but not for ever: connections are few.
_BEGUN = """
INSERT INTO push (once, received_on) SELECT $1, $2 FROM set_config('lock_timeout', '4s', true)
ON CONFLICT DO NOTHING RETURNING once
"""


async def once(settings: Settings, key: str, act: Callable[[], Awaitable[bytes | None]]) -> bytes | None:
    """What was answered to the push of this key: by `act`, now, or by what happened before.

    Raises what `act` raises, and then nothing has happened.
    """
    async with in_transaction():
        if not await connection().execute_query_dict(_BEGUN, [key, clock.today()]):
            before = await Push.get(once=key)
            return before.answer and crypto.open_with(settings.masters, before.answer, about=about(key))
        answer = await act()
        if answer is not None:
            box = crypto.seal(settings.master, answer, about=about(key), cipher=settings.cipher)
            await Push.filter(once=key).update(answer=box)
        return answer


@dataclass(frozen=True, slots=True)
class Foreseen:
    """A push that changes nothing, and its answer, if no talk is under way with whoever any of `hashes` finds."""

    once: str
    hashes: tuple[str, ...]
    answer: bytes = field(repr=False)


# In one order everywhere, so that two statements that share pushes wait for each other one way only.
_FORESEEN = """
INSERT INTO push (once, answer, received_on)
SELECT g.once, g.answer, $4
FROM set_config('lock_timeout', '4s', true), unnest($1::text[], $2::text[], $3::bytea[]) AS g (once, hashes, answer)
WHERE NOT EXISTS (
    SELECT FROM fan f JOIN conversation c ON c.fan_id = f.id WHERE f.openid_hash = ANY (string_to_array(g.hashes, ','))
)
ORDER BY g.once
ON CONFLICT DO NOTHING RETURNING once
"""


async def answered(settings: Settings, given: Sequence[Foreseen]) -> list[bool]:
    """Keep the foreseen answers, all in one statement: whether each is the one that counts from now on.

    It is not where a talk is under way or the push came before: then `once` finds the answer.
    """
    boxes = [crypto.seal(settings.master, one.answer, about=about(one.once), cipher=settings.cipher) for one in given]
    columns = [[one.once for one in given], [",".join(one.hashes) for one in given], boxes]
    # Not by execute_query, which gives no rows of what begins with INSERT.
    kept = {row["once"] for row in await connection().execute_query_dict(_FORESEEN, [*columns, clock.today()])}
    return [one.once in kept for one in given]


async def swept() -> int:
    """Forget what nobody repeats any more; returns how many that were."""
    return await Push.filter(received_on__lt=(clock.now() - KEPT).date()).delete()


def about(key: str) -> bytes:
    """What a sealed answer says that it is."""
    return b"push\0" + key.encode()

"""What WeChat pushes takes effect once, together with the note that it did; whoever brings it again gets the answer."""

from collections.abc import Awaitable, Callable
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


async def swept() -> int:
    """Forget what nobody repeats any more; returns how many that were."""
    return await Push.filter(received_on__lt=(clock.now() - KEPT).date()).delete()


def about(key: str) -> bytes:
    """What a sealed answer says that it is."""
    return b"push\0" + key.encode()

"""Tells a server that is away from a bug in our own code."""

from collections.abc import Iterator
from traceback import walk_tb

import asyncpg
import redis.exceptions
from tortoise.exceptions import DBConnectionError

_AWAY = (
    DBConnectionError,
    asyncpg.PostgresConnectionError,
    asyncpg.OperatorInterventionError,  # it shuts down, starts up, or cancelled a statement past its time
    asyncpg.InsufficientResourcesError,  # too many connections, disk full
    asyncpg.TransactionRollbackError,  # deadlock or serialization: nothing was written, try again
    asyncpg.LockNotAvailableError,
    asyncpg.InternalClientError,  # a killed server cut the line between two messages of one statement
    redis.exceptions.ConnectionError,
    redis.exceptions.TimeoutError,
)
_DRIVERS = ("asyncpg", "redis", "tortoise")


def away(error: BaseException) -> bool:
    """Whether this came about because PostgreSQL or Valkey is gone or overloaded, so that trying again may help."""
    return any(_is_away(link) for link in _chain(error))


def _is_away(error: BaseException) -> bool:
    if isinstance(error, _AWAY):
        return True
    if isinstance(error, asyncpg.InterfaceError):  # also raised for misuse: only its text tells them apart
        return "closed" in str(error) or "closing" in str(error)
    # A missing socket file, a refused or timed-out connection: plain OSErrors, but raised through a driver.
    return isinstance(error, OSError) and any(
        frame.f_globals.get("__name__", "").startswith(_DRIVERS) for frame, _ in walk_tb(error.__traceback__)
    )


def _chain(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__

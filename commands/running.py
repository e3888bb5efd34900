"""How a command runs: with the database of today, in an event loop, and with a word for people when it can't."""

import fcntl
import os
import sys
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from typing import IO, Any, TypeVar

import click

from kit.settings import ROOT, Settings

T = TypeVar("T")
REPORT_EVERY = 5.0  # seconds between two lines of progress where no bar can be drawn


class Failed(click.ClickException):
    """A command that could not do its work; the text says why, in Chinese."""

    def show(self, file: IO[Any] | None = None) -> None:
        """Print the text as it is."""
        click.echo(self.message, file=file, err=file is None)


@contextmanager
def servers(settings: Settings, *, prepare: bool = True) -> Iterator[Settings]:
    """Settings that lead to a database: that of the environment, of a running `make run`, or one of our own.

    One of our own has its tables of today unless the caller sees to it.
    """
    if settings.database_url:
        yield settings
        return
    from kit.embedded import Postgres, Unstartable

    postgres = Postgres(settings.var / "postgres")
    settings.var.mkdir(parents=True, exist_ok=True)
    # Whoever holds the lock may start and stop the servers: a `make run` meanwhile would take ours for leftovers.
    with (settings.var / "run.lock").open("a+") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            ours = True
        except BlockingIOError:
            ours = False
        try:
            if ours:
                lock.truncate(0)
                lock.write(f"进程 {os.getpid()}，manage.py {' '.join(sys.argv[1:])}")
                lock.flush()
                postgres.start()
            elif not postgres.is_up():
                raise Unstartable("另一个命令或 make run 正在启动数据库，请稍后再试")
            urls = {"database_url": postgres.application_url, "migration_database_url": postgres.migration_url}
            found = settings.model_copy(update=urls)
            if ours and prepare:
                run(prepared(found))
            yield found
        finally:
            if ours:
                postgres.stop()


def run(work: Awaitable[T]) -> T:
    """Do something in an event loop of its own."""
    import uvloop

    async def whole() -> T:
        return await work

    return uvloop.run(whole())


def with_database(work: Callable[[Settings], Awaitable[T]], *, owner: bool = False) -> T:
    """Do something with the database connected, as the application or as the login that owns the tables."""

    async def connected(settings: Settings) -> T:
        from models import database

        url = (owner and settings.migration_database_url) or settings.database_url
        async with database.connected(url, pool=4):
            return await work(settings)

    with servers(Settings()) as settings:
        return run(connected(settings))


async def prepared(settings: Settings) -> dict[str, int]:
    """Tables of today, with regions and rules; a second time nothing changes."""
    from domain.cases import facts
    from domain.loop import rule_books
    from domain.people import units
    from models import database, migrating

    url = settings.migration_database_url or settings.database_url
    await migrating.migrated(url)
    async with database.connected(url, pool=1):
        regions = await units.regions_loaded(ROOT / "data" / "regions-62.csv")
        counts = await rule_books.loaded(ROOT / "data")
        await facts.missing_kept()
    return {"regions": regions} | {name: count.changed for name, count in counts.items()}

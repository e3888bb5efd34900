"""The background process: when jobs and chores run, never what they do."""

import asyncio
import contextlib
import os
import signal
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from types import MappingProxyType

import asyncpg
import structlog
from redis.asyncio import Redis

import bot.chores
import demo.persons
import domain.process  # noqa: F401  # kinds register themselves when they are loaded
from bot import telling
from bot.checks import Mini
from domain.cases import dossiers, indexing
from domain.figures import bulletins, of_report, releasing, tally
from domain.files import processing, storing
from domain.files.processing import Lane, Workshop
from domain.files.writing import Place
from domain.letters import rendering
from domain.loop import attached, audit, chores, delivery_plans, keeping, leaving, notices, once
from domain.records import destroying
from domain.records.destroying import Ground
from domain.reports import calling, checking, observing
from domain.supervision import ladder
from domain.typical import publishing
from domain.voices import emptying
from domain.wechat import checks, invitations, screens
from kit import clock, logs, metrics, outage, storage
from kit.media.cleaning import Tools
from kit.media.lacking import lacking
from kit.media.malware import Scanner
from kit.settings import Settings
from kit.wechat.account import Kind
from kit.wechat.client import Client
from kit.wechat.clients import clients
from models.database import WAKE, connected

_log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Chore:
    """Something to do every so many seconds, and sooner when a step woke us; a long one is stopped in its middle."""

    name: str
    seconds: float
    run: Callable[[], Awaitable[int]]
    woken: bool = False
    long: bool = False


def chores_of(
    settings: Settings,
    wechat: Mapping[Kind, Client] = MappingProxyType({}),
) -> tuple[Chore, ...]:
    """Everything the worker does. Any number of workers may do so at once."""
    store, uploads = storage.opened(settings), Place.below(settings.var)
    asking = Mini(wechat[Kind.MINI], store) if Kind.MINI in wechat else None
    shop = Workshop.below(settings, uploads, store, tools_of(settings))

    plan = partial(delivery_plans.planned, telling.means(settings) if wechat else {})

    async def anchor() -> int:
        heads = await audit.anchored(settings.anchors)
        if heads:  # and once more, away from this machine where STORAGE_URL says so
            await storage.put(store, *audit.last_anchor(settings.anchors))
        return heads

    return (
        Chore("notices", 5, lambda: notices.delivered(plan), woken=True),
        Chore("lapse", 30, chores.lapsed),
        Chore("overdue", 30, chores.overdue_told),
        Chore("due_soon", 600, chores.due_soon_told),
        Chore("tallied", 5, tally.added),
        Chore("releases", 6 * 3600, releasing.made),
        Chore("bulletins", 6 * 3600, bulletins.made),
        Chore("leaving", 3600, leaving.given_back),
        Chore("reports_called", 60, calling.called),
        Chore("observers_brought", 600, observing.brought),
        Chore("ratings_closed", 600, lambda: emptying.closed(settings)),
        Chore("words_read_out", 600, lambda: emptying.emptied(settings)),
        Chore("supervision", 600, ladder.proposed),
        # The demo plays cases of the past: what has ended there may be opened again a moment later.
        *([] if settings.profile == "demo" else [Chore("archived", 6 * 3600, keeping.archived)]),
        Chore("holds_lapsed", 3600, keeping.holds_lapsed),
        Chore("destroyed", 60, lambda: destroying.worked(Ground(store, uploads)), woken=True),
        Chore("dossiers", 5, lambda: dossiers.worked(settings, store), woken=True),
        Chore("letters", 5, lambda: rendering.rendered(store), woken=True),
        Chore("stored", 5, lambda: storing.stored(uploads, store), woken=True),
        Chore("deposited", 5, attached.deposited, woken=True),
        Chore("films_processed", 5, lambda: processing.processed(shop, Lane.FILMS), woken=True, long=True),
        Chore("files_processed", 5, lambda: processing.processed(shop, Lane.REST), woken=True, long=True),
        Chore("copies_tidied", 60, lambda: processing.tidied(shop)),
        Chore("uploads_swept", 3600, lambda: storing.swept(uploads, store)),
        Chore("indexed", 5, lambda: indexing.indexed(settings)),
        Chore("kept_answers", 3600, once.swept),
        *(Chore(name, seconds, run) for name, (seconds, run) in bot.chores.chores(settings, wechat, uploads).items()),
        Chore("reports_checked", 10, lambda: checking.asked(settings), woken=True),
        Chore("report_figures", 15, of_report.taken, woken=True),
        Chore("content_checks", 5, lambda: checks.asked(settings, asking)),
        Chore("typical_released", 15, lambda: publishing.released(settings)),
        Chore("typical_taken_down", 60, publishing.taken_down),
        Chore("check_answers_swept", 3600, checks.swept),
        Chore("screens_swept", 600, screens.swept),
        Chore("invitations_swept", 3600, invitations.swept),
        Chore("anchor", 3600 if settings.profile == "demo" else 24 * 3600, anchor),
    )


def tools_of(settings: Settings) -> Tools:
    """What files are cleaned with: LibreOffice where it is installed, ClamAV where it is configured."""
    return Tools(scanner=Scanner.at(settings.clamav))


async def warned(settings: Settings) -> None:
    """Say in the log what this machine lacks for the cleaning of files."""
    try:
        with TemporaryDirectory() as folder:
            found = await lacking(tools_of(settings), Path(folder))
    except Exception:  # noqa: BLE001  # what is missing will show with each file; everything else goes on
        _log.exception("not_known_what_is_lacking")
        return
    for code, text in found.items():
        _log.warning("lacking", what=code, means=text)


async def keep(chore: Chore, wake: asyncio.Event, stop: asyncio.Event) -> None:
    """Run a chore again and again until told to stop; a failure is counted, said and tried again."""
    while not stop.is_set():
        done = 0
        try:
            done = await chore.run()
            metrics.JOBS.labels(chore.name, "done").inc()
            if done:
                _log.info("chore", chore=chore.name, done=done)
        except Exception as error:  # noqa: BLE001  # one chore's failure must not end the others
            metrics.JOBS.labels(chore.name, "failed").inc()
            if outage.away(error):
                _log.warning("chore_waits", chore=chore.name)
            else:
                _log.exception("chore_failed", chore=chore.name)
        if done >= chores.BATCH:  # a full batch: there is more
            continue
        waits = [asyncio.create_task(stop.wait())]
        if chore.woken:
            waits.append(asyncio.create_task(wake.wait()))
        _, pending = await asyncio.wait(waits, timeout=chore.seconds, return_when=asyncio.FIRST_COMPLETED)
        for task in pending:
            task.cancel()
        if chore.woken:
            wake.clear()


async def listen(url: str, wake: asyncio.Event, stop: asyncio.Event) -> None:
    """Set `wake` whenever a committed step owes something; the sweeps go on without us if the line is cut."""
    while not stop.is_set():
        try:
            line = await asyncpg.connect(url)
        except (OSError, asyncpg.PostgresError):
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(stop.wait(), 5)
            continue
        with contextlib.suppress(OSError, asyncpg.PostgresError, asyncpg.InterfaceError):  # cut: connect anew
            await _follow(line, wake, stop)
        with contextlib.suppress(OSError, asyncpg.PostgresError, asyncpg.InterfaceError):
            await line.close(timeout=2)


async def _follow(line: asyncpg.Connection, wake: asyncio.Event, stop: asyncio.Event) -> None:
    cut = asyncio.Event()
    line.add_termination_listener(lambda *_: cut.set())
    await line.add_listener(WAKE, lambda *_: wake.set())
    ends = [asyncio.create_task(stop.wait()), asyncio.create_task(cut.wait())]
    _, pending = await asyncio.wait(ends, return_when=asyncio.FIRST_COMPLETED)
    for task in pending:
        task.cancel()


@contextlib.asynccontextmanager
async def _wechat(settings: Settings) -> AsyncIterator[dict[Kind, Client]]:
    """Our accounts at WeChat, with a Valkey of our own for their tokens."""
    if not settings.redis_url:
        yield {}
        return
    valkey = Redis.from_url(settings.redis_url, socket_timeout=2, socket_connect_timeout=2)
    try:
        async with clients(settings, valkey) as found:
            yield found
    finally:
        await valkey.aclose()


async def work(settings: Settings, stop: asyncio.Event) -> None:
    """All chores until told to stop."""
    wake = asyncio.Event()
    async with connected(settings.database_url, pool=8), _wechat(settings) as wechat:
        await demo.persons.refused_in_production(settings)
        running = {asyncio.create_task(keep(chore, wake, stop)): chore for chore in chores_of(settings, wechat)}
        tasks = [*running, asyncio.create_task(listen(settings.database_url, wake, stop))]
        _log.info("working", pid=os.getpid(), since=clock.now().isoformat(timespec="seconds"))
        await warned(settings)
        await stop.wait()
        for task, chore in running.items():
            if chore.long:
                task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def main() -> None:
    """Work until SIGTERM or SIGINT."""
    settings = Settings()
    logs.configure(settings)
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    await work(settings, stop)


if __name__ == "__main__":
    asyncio.run(main())

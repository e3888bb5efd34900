"""The web process: puts settings, servers, actors and routes together; `python -m app` serves them."""

import asyncio
import gc
import sys
from collections.abc import AsyncIterator, Callable, Iterable
from errno import EADDRINUSE
from functools import cache, partial
from pathlib import Path
from pkgutil import iter_modules
from tempfile import TemporaryDirectory
from time import monotonic
from typing import Any

import structlog
import uvloop
from aiohttp import web
from obstore.store import ObjectStore
from redis.asyncio import Redis

import demo.persons
import domain.process  # noqa: F401  # kinds register themselves when they are loaded
from bot import callback
from bot.keys import DOOR, Door
from domain.files import processing
from domain.files.writing import Place
from domain.loop import fates
from handlers import ROUTES, codes, uploads, who
from handlers.exchange import mount
from handlers.keys import (
    DEMO_CREDENTIALS,
    DEMO_PERSONS,
    LOADING,
    MEASURED,
    PARTS,
    RESOLVE_ACTOR,
    SETTINGS,
    STORE,
    UPLOADS,
    VALKEY,
    WARNINGS,
    WECHAT,
    Part,
    ResolveActor,
)
from handlers.middlewares import dress, observe, refuse
from handlers.openapi import DOCUMENT, document
from handlers.spec import Access, Operation, Routes
from kit import h5, logs, metrics, storage
from kit.media.cleaning import Tools
from kit.media.lacking import lacking
from kit.media.malware import Scanner
from kit.outage import away
from kit.settings import Profile, Settings
from kit.wechat.account import accounts
from kit.wechat.clients import clients
from models import Loading, migrations
from models.database import APP, connected, connection

log = structlog.get_logger("app")

DATABASE_PATIENCE = 30.0  # seconds that a start waits for PostgreSQL
DRAIN = 10.0  # seconds that running requests get when the process is told to stop
COLLECT_AFTER = 20_000  # new objects: a request makes thousands, nearly all gone by count when it ends

# WeChat's way in, beside those of the handlers: WeChat reads no description.
CALLBACK = Routes("微信", described=False)
CALLBACK.get(callback.PATH, access=Access.PUBLIC, summary="微信核对回调地址")(callback.verified)
CALLBACK.post(callback.PATH, access=Access.PUBLIC, summary="微信推送", quiet=True)(callback.pushed)


def build(
    settings: Settings,
    *,
    routes: Iterable[Routes] = ROUTES,
    resolve_actor: ResolveActor | None = None,
    database: bool = True,
) -> web.Application:
    """The whole web application; `database=False` leaves PostgreSQL out, for tests of the door alone."""
    app = web.Application(middlewares=[observe, refuse], client_max_size=settings.body_limit)
    app[SETTINGS] = settings
    app[PARTS] = []
    app[LOADING] = _nothing
    tools = Tools(scanner=Scanner.at(settings.clamav))
    app[WARNINGS] = lambda: _warnings(tools, database=database)
    app[MEASURED] = _measured
    app[RESOLVE_ACTOR] = resolve_actor or who.resolver(app)
    app[UPLOADS] = Place.below(settings.var)
    app[STORE] = _store(settings)
    app[WECHAT] = {}
    app[codes.COUNTING] = codes.counting(settings)
    if settings.profile is Profile.DEMO:
        app[DEMO_PERSONS] = demo.persons.listed
        app[DEMO_CREDENTIALS] = demo.persons.credentials
    operations = [operation for subject in (*routes, CALLBACK) for operation in subject]
    app[DOCUMENT] = _description(operations)
    mount(app, operations)
    app.on_response_prepare.append(dress)
    app.on_response_prepare.append(uploads.spoken)
    app.on_cleanup.append(uploads.closed)
    app.on_shutdown.append(callback.settled)
    app.on_shutdown.append(codes.settled)
    if database:
        app[LOADING] = lambda: _loading(settings)
        app[PARTS].append(Part("database", _database_answers, needed=True))
        app[PARTS].append(Part("migrations", _migrations_applied, needed=True))
        app.cleanup_ctx.append(_database)
    if settings.redis_url:
        app[VALKEY] = Redis.from_url(settings.redis_url, socket_timeout=2, socket_connect_timeout=2)
        app.cleanup_ctx.append(_valkey)
    asked = app[WECHAT]  # filled when the application starts
    app[DOOR] = Door(settings, accounts(settings), asked)
    app.cleanup_ctx.append(_wechat)
    app[PARTS].append(Part("valkey", lambda: _valkey_answers(app)))
    if tools.scanner:
        app[PARTS].append(Part("scanner", partial(_scanner_answers, tools.scanner)))
    return app


def _description(operations: list[Operation]) -> Callable[[], tuple[bytes, str]]:
    """The description of the routes, made when it is first asked for: a start need not wait for it."""

    @cache
    def made() -> tuple[bytes, str]:
        return document(operations)

    return made


def _store(settings: Settings) -> Callable[[], ObjectStore]:
    """The store, opened when it is first asked for."""

    @cache
    def opened() -> ObjectStore:
        return storage.opened(settings)

    return opened


async def _nothing() -> list[dict[str, Any]]:
    return []


async def _loading(settings: Settings) -> list[dict[str, Any]]:
    """Background loads that have not come to their end, the phone's pages among them."""
    loads = [
        {"name": load.note.get("label", load.name), "done": load.done, "total": load.total}
        for load in await Loading.all().order_by("name")
        if load.done < load.total
    ]
    built = h5.state(settings.h5_path)
    if "doing" in built:
        loads.append({"name": "手机页面", "done": built["done"], "total": built["total"]})
    return loads


async def _warnings(tools: Tools, *, database: bool) -> dict[str, str]:
    """What files are cleaned without here (workers on other machines tell in their logs), and dead letters."""
    with TemporaryDirectory() as folder:
        found = await lacking(tools, Path(folder))
    if database and await processing.failed():
        found["files_failed"] = "有附件多次处理未成功，请查看 manage.py files"
    if database:
        found |= await fates.warnings()
    return found


async def _measured() -> None:
    """Figures that lie in the database: what became of notices."""
    messages, lost, waiting = await fates.counted()
    metrics.MESSAGES.clear()
    for (channel, state), number in messages.items():
        metrics.MESSAGES.labels(channel, state).set(number)
    metrics.LOST.set(lost)
    metrics.QUEUE.labels("notices").set(waiting)


async def _scanner_answers(scanner: Scanner) -> str:
    return "ok" if await scanner.ready() else "missing"


async def _database(app: web.Application) -> AsyncIterator[None]:
    """Connect, waiting for a server that is still starting; raises what it last said when time is up."""
    async with connected(app[SETTINGS].database_url):
        until = monotonic() + DATABASE_PATIENCE
        while True:
            try:
                await _database_answers()
                break
            except Exception as error:
                if not away(error) or monotonic() > until:
                    raise
                log.warning("waiting for the database", kind=type(error).__name__)
                await asyncio.sleep(0.5)
        await demo.persons.refused_in_production(app[SETTINGS])
        yield


async def _valkey(app: web.Application) -> AsyncIterator[None]:
    yield
    await app[VALKEY].aclose()


async def _wechat(app: web.Application) -> AsyncIterator[None]:
    async with clients(app[SETTINGS], app.get(VALKEY)) as found:
        app[WECHAT].update(found)
        yield


async def _database_answers() -> str:
    await connection().execute_query("SELECT 1")
    return "ok"


async def _migrations_applied() -> str:
    """Whether the tables are those that this code expects."""
    expected = {module.name for module in iter_modules(migrations.__path__) if module.name[:1].isdigit()}
    _, rows = await connection().execute_query("SELECT name FROM tortoise_migrations WHERE app = $1", [APP])
    return "ok" if expected <= {row["name"] for row in rows} else "behind"


async def _valkey_answers(app: web.Application) -> str:
    if VALKEY not in app:
        return "not configured"
    await app[VALKEY].ping()
    return "ok"


def main() -> None:
    """Serve until SIGTERM or SIGINT; running requests are finished first."""
    settings = Settings()
    logs.configure(settings)
    try:
        app = build(settings)
        gc.freeze()  # the collector need not walk what stays as long as the process
        gc.set_threshold(COLLECT_AFTER)
        web.run_app(
            app,
            host=settings.host,
            port=settings.port,
            shutdown_timeout=DRAIN,
            access_log=None,
            print=lambda *_: log.info("serving", url=settings.url),
            handler_cancellation=False,
            loop=uvloop.new_event_loop(),
        )
    except demo.persons.DemoData as error:
        sys.exit(str(error))
    except Exception as error:
        if isinstance(error, OSError) and error.errno == EADDRINUSE:
            sys.exit(f"端口 {settings.port} 已被占用，请设置 PORT 换一个端口")
        if away(error):
            sys.exit(f"数据库在 {DATABASE_PATIENCE:.0f} 秒内没有应答，请检查 DATABASE_URL（{type(error).__name__}）")
        raise


if __name__ == "__main__":
    main()

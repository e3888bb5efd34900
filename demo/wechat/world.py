"""Everything that the fake WeChat knows: accounts, people, what was sent; and its time, which can be moved on."""

import asyncio
import secrets
from base64 import urlsafe_b64encode
from collections import Counter
from collections.abc import Coroutine
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from hashlib import sha256
from typing import Any

from demo.wechat.faults import Fault
from kit import clock

ALWAYS = 1_000_000  # consents of a long-term template


@dataclass(slots=True)
class Template:
    """Keys with their types (thing1 → thing), and whether one consent is enough for ever."""

    id: str
    title: str
    keys: tuple[str, ...]
    long_term: bool = False


@dataclass(slots=True)
class App:
    """An account as its console shows it. `callback` is our address, `mode` safe, compatible or plain."""

    kind: str  # official or mini
    app_id: str
    original_id: str
    secret: str
    token: str
    aes_key: str
    name: str = ""
    callback: str = ""
    mode: str = "safe"
    as_json: bool = False
    bound: bool = True  # to the open platform: people have a unionid
    pages: set[str] = field(default_factory=set)
    templates: dict[str, Template] = field(default_factory=dict)
    link_rules: dict[str, str] = field(default_factory=dict)  # beginning of ordinary links → page that they open
    oauth_domain: str = ""
    menu: list[dict[str, Any]] = field(default_factory=list)


@dataclass(slots=True)
class Window:
    """How many customer-service messages may still be sent, and until when."""

    until: datetime
    left: int


@dataclass(slots=True)
class Entry:
    """One line on somebody's phone: kind is said, reply, service, template, subscription or failure."""

    kind: str
    app_id: str
    at: datetime
    content: dict[str, Any]


@dataclass(slots=True)
class Person:
    """Somebody with a phone."""

    name: str
    phone: str
    follows: set[str] = field(default_factory=set)
    blacklisted: bool = False
    risky: bool = False  # WeChat blocks their sign-in
    snapshot: bool = False  # looks at snapshot pages
    visited: dict[str, datetime] = field(default_factory=dict)
    windows: dict[str, list[Window]] = field(default_factory=dict)
    consents: Counter[tuple[str, str]] = field(default_factory=Counter)
    chat: list[Entry] = field(default_factory=list)

    def openid(self, app: App) -> str:
        """28 characters, other ones for each account."""
        return _made_up("o", app.app_id, self.name)

    @property
    def unionid(self) -> str:
        """The same for all accounts bound to one open platform."""
        return _made_up("u", "union", self.name)


@dataclass(slots=True)
class Code:
    """A code that is used once within five minutes: login, phone or consent."""

    app_id: str
    person: Person
    until: datetime
    scope: str
    used: bool = False


@dataclass(slots=True)
class Token:
    """An access token and whose it is."""

    app_id: str
    until: datetime
    stable: bool


@dataclass(slots=True)
class Media:
    """A temporary file."""

    app_id: str
    kind: str
    content: bytes
    content_type: str
    until: datetime


@dataclass(slots=True)
class Material:
    """A picture that stays."""

    app_id: str
    content: bytes


@dataclass(slots=True)
class Draft:
    """Articles that nobody has published."""

    app_id: str
    articles: list[dict[str, Any]]


@dataclass(slots=True)
class Ticket:
    """A parametric code."""

    app_id: str
    scene: str
    until: datetime | None
    url: str


@dataclass
class World:
    """One WeChat. `patience` is how long it waits for our callback, in seconds (5 in truth)."""

    apps: dict[str, App] = field(default_factory=dict)
    people: dict[str, Person] = field(default_factory=dict)
    patience: float = 5.0
    media_check: str = "soon"  # or early, held, never
    risky_words: tuple[str, ...] = ("违禁",)
    review_words: tuple[str, ...] = ("疑似",)
    daily: dict[str, int] = field(default_factory=dict)  # calls a day, by path
    faults: list[Fault] = field(default_factory=list)
    tokens: dict[str, Token] = field(default_factory=dict)
    dead_tokens: set[str] = field(default_factory=set)
    forced: dict[str, list[datetime]] = field(default_factory=dict)
    tickets: dict[str, Token] = field(default_factory=dict)
    codes: dict[str, Code] = field(default_factory=dict)
    media: dict[str, Media] = field(default_factory=dict)
    materials: dict[str, Material] = field(default_factory=dict)
    drafts: dict[str, Draft] = field(default_factory=dict)
    qr_tickets: dict[str, Ticket] = field(default_factory=dict)
    links: dict[str, dict[str, Any]] = field(default_factory=dict)
    calls: list[tuple[str, str]] = field(default_factory=list)  # app id and path
    counted: Counter[tuple[str, date]] = field(default_factory=Counter)
    sent_ids: dict[tuple[str, str], datetime] = field(default_factory=dict)  # client_msg_id
    sending_takes: float = 0.0
    sending: set[str] = field(default_factory=set)
    logins: list[tuple[str, datetime]] = field(default_factory=list)
    held: list[Coroutine[Any, Any, None]] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)  # what our answers had wrong
    base: str = ""  # address that this WeChat is served at
    site: str = ""  # address at which the mini-program's pages are shown, since no mini-program runs here
    drawn: dict[bytes, str] = field(default_factory=dict)  # SHA-256 of a picture of a code → what it says
    _ahead: timedelta = timedelta(0)
    _tasks: set[asyncio.Task[None]] = field(default_factory=set)
    _last: int = 0

    def now(self) -> datetime:
        """This WeChat's time."""
        return clock.now() + self._ahead

    def pass_time(self, **amount: float) -> None:
        """Move its time on, by timedelta's words."""
        self._ahead += timedelta(**amount)

    def add_app(self, app: App) -> App:
        """Open an account."""
        self.apps[app.app_id] = app
        return app

    def add_person(self, name: str, phone: str = "13800138000") -> Person:
        """Give somebody a phone."""
        return self.people.setdefault(name, Person(name, phone))

    def person(self, app: App, openid: str) -> Person | None:
        """Who has this openid at this account."""
        return next((person for person in self.people.values() if person.openid(app) == openid), None)

    def number(self) -> int:
        """A number that was never given before, too large for a double."""
        self._last += 1
        return 24_000_000_000_000_000 + self._last

    def code_for(self, app: App, person: Person, scope: str = "login") -> str:
        """What wx.login, the phone button or a consent page gives."""
        if scope in {"login", "phone"}:
            self.visit(app, person)
        code = secrets.token_urlsafe(24)
        self.codes[code] = Code(app.app_id, person, self.now() + timedelta(minutes=5), scope)
        return code

    def visit(self, app: App, person: Person) -> None:
        """Somebody opens the mini-program."""
        person.visited[app.app_id] = self.now()

    def calls_of(self, path: str) -> int:
        """How often an endpoint was called."""
        return sum(called == path for _, called in self.calls)

    def kill_tokens(self) -> None:
        """Make every token invalid before its time, as a forced refresh elsewhere does."""
        self.dead_tokens |= self.tokens.keys()
        self.tokens.clear()

    def later(self, work: Coroutine[Any, Any, None]) -> None:
        """Do something beside the answer that is being given."""
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def let_go(self) -> None:
        """Push what was held back."""
        held, self.held = self.held, []
        for work in held:
            await work

    async def settled(self) -> None:
        """Everything that goes on beside has come to its end; raises what went wrong there."""
        while self._tasks:
            await asyncio.gather(*self._tasks)

    async def close(self) -> None:
        """End what goes on beside."""
        for work in self.held:
            work.close()
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)


def _made_up(first: str, *parts: str) -> str:
    return first + urlsafe_b64encode(sha256("\0".join(parts).encode()).digest())[:27].decode()

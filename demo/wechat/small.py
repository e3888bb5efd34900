"""The WeChat of `make run`: two accounts as the settings describe them, and a few people with phones."""

import json

from demo.wechat.world import App, Template, World
from kit.settings import ROOT, Settings
from kit.wechat.account import Account, Kind, accounts

# Names and numbers are invented; who follows the official account already is marked.
PEOPLE = (
    ("王小明", "13800000001", False),
    ("李芳", "13800000002", True),
    ("马建国", "13800000003", True),
    ("陈志强", "13800000004", False),
)
TEMPLATES = {
    Kind.OFFICIAL: (
        Template("demo-duty", "待办事项提醒", ("thing1", "time2")),
        Template("demo-told", "办理进展提醒", ("thing1", "time2")),
    ),
    Kind.MINI: (
        Template("demo-progress", "办理进展通知", ("thing1", "time2")),
        Template("demo-owed", "待办事项通知", ("thing1", "number2", "time3")),
    ),
}
_CLIENT = ROOT / "miniprogram" / "src" / "pages.json"


def world(settings: Settings) -> World:
    """A WeChat whose accounts are ours, and which pushes to the web process of this machine."""
    made = World(base=settings.wechat_pages, site=settings.url)
    for account in accounts(settings).values():
        made.add_app(_app(settings, account))
    official = next((app.app_id for app in made.apps.values() if app.kind == Kind.OFFICIAL), "")
    for name, phone, follows in PEOPLE:
        person = made.add_person(name, phone)
        if follows:
            person.follows.add(official)
    return made


def _app(settings: Settings, account: Account) -> App:
    app = App(
        kind=account.kind,
        app_id=account.app_id,
        original_id=account.original_id,
        secret=account.secret,
        token=account.token,
        aes_key=account.aes_key,
        name="一键举报",
        callback=f"{_ours(settings)}/wechat/{account.kind}/callback",
        mode=account.mode,
        templates={template.id: template for template in TEMPLATES[account.kind]},
    )
    if account.kind is Kind.MINI:
        app.pages = _pages()
        app.link_rules = {f"{settings.url}/q/": "pages/report/index", f"{settings.url}/s/": "staff/confirm/index"}
    return app


def _ours(settings: Settings) -> str:
    """Where the web process is reached from this machine: its public address may lead through a proxy."""
    host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(settings.host, settings.host)  # noqa: S104  # asked, not bound
    return f"http://{f'[{host}]' if ':' in host else host}:{settings.port}"


def _pages() -> set[str]:
    """The pages of the mini-program, as its source lists them."""
    listed = json.loads(_CLIENT.read_text(encoding="utf-8"))
    below = [f"{package['root']}/{page['path']}" for package in listed["subPackages"] for page in package["pages"]]
    return {page["path"] for page in listed["pages"]} | set(below)

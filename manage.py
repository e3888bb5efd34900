"""The command line: migrations, the demo, rosters, rules, accounts, the audit, and what the docs are made from.

Whatever takes long to import is imported by the command that needs it: `migrate` stands before every first start.
"""

import fcntl
import os
import sys
import time
from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import IO, Any, TypeVar
from uuid import UUID

import click
from pydantic import ValidationError

from kit.errors import Refusal
from kit.settings import ROOT, Profile, Settings

T = TypeVar("T")
LOOKED_BACK = timedelta(days=365)  # the demo's story is shorter
SAMPLES = ROOT / "demo" / "complaints.jsonl"
REPORT_EVERY = 5.0  # seconds between two lines of progress where no bar can be drawn


class Failed(click.ClickException):
    """A command that could not do its work; the text says why, in Chinese."""

    def show(self, file: IO[Any] | None = None) -> None:
        """Print the text as it is."""
        click.echo(self.message, file=file, err=file is None)


class Commands(click.Group):
    """Commands whose refusals are one line for a person and a code for a script."""

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command."""
        from kit.embedded import Unstartable

        try:
            return super().invoke(ctx)
        except (Refusal, Unstartable) as refusal:
            raise Failed(str(refusal)) from refusal
        except ValidationError as wrong:
            lines = (f"设置有误 {'.'.join(map(str, error['loc'])).upper()}：{error['msg']}" for error in wrong.errors())
            raise Failed("\n".join(lines)) from wrong


@contextmanager
def _servers(settings: Settings, *, prepare: bool = True) -> Iterator[Settings]:
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
                _run(_prepared(found))
            yield found
        finally:
            if ours:
                postgres.stop()


def _run(work: Awaitable[T]) -> T:
    import uvloop

    async def whole() -> T:
        return await work

    return uvloop.run(whole())


def _done(work: Callable[[Settings], Awaitable[T]], *, owner: bool = False) -> T:
    """Do something with the database connected, as the application or as the login that owns the tables."""

    async def connected(settings: Settings) -> T:
        from models import database

        url = (owner and settings.migration_database_url) or settings.database_url
        async with database.connected(url, pool=4):
            return await work(settings)

    with _servers(Settings()) as settings:
        return _run(connected(settings))


async def _prepared(settings: Settings) -> dict[str, int]:
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


LOADED = {
    "regions": "地区",
    "duty_tags": "职责标签",
    "categories": "类别",
    "rule_packs": "规则包",
    "rule_terms": "时限",
    "rule_choices": "规则选择",
    "routing_rules": "派单规则",
    "notice_rules": "通知规则",
    "notice_hours": "通知时段",
    "file_purposes": "附件用途",
    "file_quotas": "附件配额",
    "letter_forms": "文种",
    "rungs": "督办层级",
    "situations": "约谈情形",
    "rating_channels": "评议渠道",
    "rating_criteria": "评议项目",
    "retention_rules": "保存期限",
    "duty_lists": "述法责任清单",
    "calendar_days": "日历",
    "privacy_notices": "隐私告知",
    "text_templates": "常用文本",
}


def _tell(changes: dict[str, int]) -> None:
    changed = [f"{LOADED[name]} {number} 条" for name, number in changes.items() if number]
    click.echo(f"已更新：{'，'.join(changed)}" if changed else "规则没有变化")


@click.group(cls=Commands, help="一键举报 · 述法：管理命令。设置取自环境变量，见 manage.py settings。")
def cli() -> None:
    """Every command has its own help."""


@cli.command(help="升级数据库表结构，并装载地区和规则；可以重复执行。")
def migrate() -> None:
    """As the login that owns the tables."""
    with _servers(Settings(), prepare=False) as settings:
        changes = _run(_prepared(settings))
    click.echo("数据库已是最新")
    _tell(changes)


@cli.command(help="装载演示省份和演示人员，并按真实流程演示若干举报件；中断后再次执行会接着做。")
@click.option(
    "--cases", type=click.IntRange(min=0), help="共演示多少件；默认故事的一轮（668 件），或上次开始时的数目。"
)
@click.option("--seed", default="gansu", show_default=True, help="随机种子，只在第一次执行时有效。")
def demo(cases: int | None, seed: str) -> None:
    """Never in production."""
    if Settings().profile is Profile.PRODUCTION:
        raise Failed("生产环境不得装载演示数据")
    _done(lambda settings: _demo(settings, cases, seed))


async def _demo(settings: Settings, cases: int | None, seed: str) -> None:
    from demo import keeping, persons, play, province, publishing
    from domain.figures.page import page
    from domain.figures.statistics import Asked
    from domain.people.actors import SYSTEM
    from kit import clock

    click.echo("正在装载演示省份……")
    await province.made()
    if settings.profile is Profile.DEMO:
        await persons.accounts_made(settings)
    with _progress() as progress:
        result = await play.play(settings, cases, seed=seed, progress=progress)
    click.echo(f"演示举报件共 {result.cases} 件，新公布 {await publishing.published()} 期公开数据")
    await keeping.archived()
    today = clock.today()
    _show_figures(await page(SYSTEM, Asked(today - LOOKED_BACK, today)), says=False)


@contextmanager
def _progress() -> Iterator[Callable[[int, int], None]]:
    """A bar with cases per second on a terminal, a line now and then elsewhere."""
    began = time.monotonic()
    first: list[int] = []

    def speed(done: int) -> str:
        first.extend([done] if not first else [])
        return f"{(done - first[0]) / max(time.monotonic() - began, 1e-6):.1f} 件/秒"

    if not sys.stdout.isatty():
        told = [began]

        def line(done: int, total: int) -> None:
            if done == total or time.monotonic() - told[0] > REPORT_EVERY:
                told[0] = time.monotonic()
                click.echo(f"演示举报件 {done}/{total}，{speed(done)}")
            else:
                speed(done)

        yield line
        return
    from rich.progress import MofNCompleteColumn, Progress, TextColumn

    columns = (*Progress.get_default_columns(), MofNCompleteColumn(), TextColumn("{task.fields[speed]}"))
    with Progress(*columns) as bar:
        task = bar.add_task("演示举报件", speed="")
        yield lambda done, total: bar.update(task, completed=done, total=total, speed=speed(done))


@cli.group(help="名册：单位、人员、任职。")
def roster() -> None:
    """Units, persons and posts from a file."""


@roster.command("import", help="导入名册（CSV 或 XLSX）；有一行错误就什么都不写入。")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--dry-run", is_flag=True, help="只检查，不写入。")
@click.pass_context
def import_(context: click.Context, file: Path, dry_run: bool) -> None:  # noqa: FBT001  # click hands it over so
    """With a line for each bad row."""
    from domain.loop import leaving
    from domain.people import roster as rosters

    rows = rosters.rows_of(file.name, file.read_bytes())
    report, left = _done(lambda _: leaving.imported(rows, dry_run=dry_run))
    for problem in report.problems:
        click.echo(f"第 {problem.line} 行 {problem.column}：{problem.message}", err=True)
    if report.problems:
        click.echo(f"{len(report.problems)} 处错误，没有写入任何内容", err=True)
        context.exit(1)
    click.echo("检查通过，没有写入" if dry_run else "已导入")
    for label, added, changed in (
        ("单位", report.units_added, report.units_changed),
        ("人员", report.persons_added, report.persons_changed),
        ("任职", report.posts_added, report.posts_changed),
    ):
        click.echo(f"{label}：新增 {added}，变更 {changed}")
    click.echo(f"任职结束：{report.posts_ended}，退回本单位的待办：{left.released}")
    for one in left.unattended:
        click.echo(f"须重新指派：{one.unit} {one.person}，{one.duties} 项")


@roster.command(help="输出一个可填写的名册样例（CSV）：manage.py roster template > 名册.csv")
def template() -> None:
    """A unit and a post to write over."""
    from domain.people import roster as rosters

    rows = (
        rosters.Row(2, kind="单位", unit="620102-justice", unit_name="城关区司法局", region="620102",
                    parent="620102-gov", tags="rule-of-law-office", since="2026-01-01"),
        rosters.Row(3, kind="任职", unit="620102-justice", person="620102-0001", person_name="张三", role="联络员",
                    title="科员", since="2026-01-01"),
    )  # fmt: skip
    click.echo(rosters.written(rows), nl=False)


@cli.group(help="败诉案件：行政诉讼败诉、行政复议被纠错的案件，列入问题清单。")
def lawsuits() -> None:
    """Lost lawsuits from a file."""


@lawsuits.command("import", help="导入败诉案件（CSV 或 XLSX）；有一行错误就一件也不列入，已列入的不变。")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--dry-run", is_flag=True, help="只检查，不写入。")
@click.pass_context
def import_lawsuits(context: click.Context, file: Path, dry_run: bool) -> None:  # noqa: FBT001  # click hands it over so
    """By the system: each is overseen by the nearest office outside the unit."""
    import domain.process  # noqa: F401  # kinds register themselves when they are loaded
    from domain.people.actors import SYSTEM
    from domain.rectification import lost

    content = file.read_bytes()
    done = _done(lambda _: lost.imported(SYSTEM, file.name, content, dry_run=dry_run))
    for problem in done.problems:
        click.echo(f"第 {problem.line} 行 {problem.column}：{problem.message}", err=True)
    if done.problems:
        click.echo(f"{len(done.problems)} 处错误，一件也没有列入", err=True)
        context.exit(1)
    click.echo("检查通过，没有写入" if dry_run else "已导入")
    click.echo(f"列入 {done.added} 件，已有 {done.known} 件")


@cli.group(help="工作日历：节假日和调休。")
def calendar() -> None:
    """Working days as rows."""


@calendar.command("load", help="从国务院节假日安排装载前后几年的工作日；人工更正过的不动。")
def calendar_load() -> None:
    """Run again when the next year's notice is out."""
    from domain.loop import calendar_days

    count = _done(lambda _: calendar_days.loaded())
    click.echo(f"日历共 {count.total} 天，更新 {count.changed} 天")


@calendar.command(help="按 CSV（day,working,name,source）更正个别日期，须写明依据。")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
def correct(file: Path) -> None:
    """Later loads leave these days alone."""
    from domain.loop import calendar_days

    rows = calendar_days.rows_of(file.read_bytes())
    changed = _done(lambda _: calendar_days.corrected(rows))
    click.echo(f"更正 {changed} 天")


@cli.group(help="规则：职责标签、类别、时限、派单目录。")
def rules() -> None:
    """Rules as rows."""


@rules.command("load", help="从 data/ 装载规则文件；没有变化时什么都不做。")
def rules_load() -> None:
    """What was entered by hand is left alone."""
    from domain.loop import rule_books

    counts = _done(lambda _: rule_books.loaded(ROOT / "data"))
    _tell({name: count.changed for name, count in counts.items()})


@cli.group(help="二维码：列表和图片。签发、停用和更换在管理页面（接口）中进行，以便记下是谁办的。")
def codes() -> None:
    """As printed and as WeChat's."""


@codes.command("list", help="列出在用的二维码。")
@click.option("--region", default="", help="只列这个地区及其下级。")
def codes_list(region: str) -> None:
    """One line a code."""

    async def found(settings: Settings) -> list[str]:
        from domain.codes import scenes
        from models import Code

        rows = await Code.filter(ended_on=None, region_id__startswith=region).order_by("region_id", "issued_on", "id")
        return [f"{row.value}  {row.region_id:9} {row.title}  {scenes.link(settings, row.value)}" for row in rows]

    for line in _done(found):
        click.echo(line)


@codes.command(help="保存一个二维码的图片（PNG）；微信的码只在第一次向微信要，以后用存下的。")
@click.argument("value")
@click.option("--kind", type=click.Choice(["link", "mini", "official"]), default="link", show_default=True,
              help="link 普通链接；mini 小程序码；official 公众号带参数二维码。")  # fmt: skip
@click.option("--to", type=click.Path(dir_okay=False, path_type=Path), help="文件；默认 code-编号.png")
def picture(value: str, kind: str, to: Path | None) -> None:
    """For any region."""

    async def drawn(settings: Settings) -> bytes:
        from redis.asyncio import Redis

        from domain.codes import issuing
        from handlers import code_pictures
        from kit import storage
        from kit.embedded import Valkey
        from kit.wechat.clients import clients

        code = await issuing.usable(issuing.Office(UUID(int=0), ""), value)
        embedded = Valkey(settings.var / "valkey")
        # Without one, a token is fetched that is not shared: WeChat gives everybody the same.
        nobody = f"unix://{settings.var}/valkey/nobody"
        valkey = Redis.from_url(settings.redis_url or (embedded.url() if embedded.is_up() else nobody))
        async with valkey, clients(settings, valkey) as known:
            return await code_pictures.picture(settings, storage.opened(settings), known, code, code_pictures.Way(kind))

    content = _done(drawn)
    target = to or Path(f"code-{value}{'' if kind == 'link' else f'-{kind}'}.png")
    target.write_bytes(content)
    click.echo(f"已保存 {target}")


@cli.group(help="账号。")
def account() -> None:
    """Who signs in."""


@account.command(help="为名册中的人员开设账号，或重设其密码和动态口令。")
@click.argument("person_code")
@click.argument("username")
def create(person_code: str, username: str) -> None:
    """Show the time-based secret once, as text and as a code to scan."""
    import pyotp
    import segno

    from domain.people import accounts

    # Never an option: other users of the machine see what a command was started with.
    password = click.prompt("密码", hide_input=True, confirmation_prompt="再次输入密码")
    secret = _done(lambda settings: accounts.create(settings, person_code, username, password))
    address = pyotp.TOTP(secret).provisioning_uri(name=username, issuer_name="一键举报")
    click.echo(f"账号 {username} 已开设。动态口令密钥（只显示一次）：{secret}")
    segno.make(address).terminal(compact=True)


@account.command(help="停用账号，其登录立即失效。")
@click.argument("username")
def disable(username: str) -> None:
    """Close it, with its sessions."""
    _switched(username, disabled=True)
    click.echo(f"账号 {username} 已停用")


@account.command(help="恢复停用或锁定的账号。")
@click.argument("username")
def enable(username: str) -> None:
    """Open it again."""
    _switched(username, disabled=False)
    click.echo(f"账号 {username} 已恢复")


@account.command(help="签发绑定微信的邀请码（三类管理员也由此邀请）；前一个未使用的作废。")
@click.argument("username")
def invite(username: str) -> None:
    """Show the code once."""
    from domain.wechat import invitations

    phone = click.prompt("受邀人的手机号", value_proc=_phone)
    made = _done(lambda settings: invitations.issued(settings, username, phone))
    click.echo(f"{made.name}（{username}）的邀请码（只显示一次，{made.ends_at:%m月%d日 %H:%M} 前有效）：{made.code}")


def _phone(value: str) -> str:
    if not (value.isascii() and value.isdigit() and len(value) == 11):
        raise click.UsageError("应为 11 位手机号")
    return value


@account.command(help="手机丢失：解除微信绑定，终止全部登录和邀请码，立即生效。")
@click.argument("username")
def lost(username: str) -> None:
    """Binding and sessions end."""
    from domain.wechat import bindings
    from kit.errors import NotFound
    from models import Account

    async def ended(_: Settings) -> None:
        account = await Account.get_or_none(username=username)
        if account is None:
            raise NotFound("没有这个账号")
        await bindings.lost(account.id)

    _done(ended)
    click.echo(f"账号 {username} 的微信绑定和登录已全部终止")


def _switched(username: str, *, disabled: bool) -> None:
    from domain.people import accounts

    _done(lambda _: accounts.set_disabled(username, disabled=disabled))


@cli.group(help="研判建议：训练模型，查看准确率。")
def suggest() -> None:
    """Suggestions for whoever screens."""


@suggest.command(
    help="用本单位已办结的举报件和规则文本训练类别建议模型，并在留出的文本上检验；同样的文本得到同样的模型。"
)
@click.option("--samples", multiple=True, type=click.Path(exists=True, dir_okay=False, path_type=Path),
              help="另加样例（每行一个 JSON：text、category），可重复；演示环境默认用自带样例。")  # fmt: skip
@click.option("--seed", default=1, show_default=True, help="随机种子。")
def train(samples: tuple[Path, ...], seed: int) -> None:
    """In use at once: the web process looks for the newest."""
    from domain.cases import learning

    given = list(samples) or ([SAMPLES] if Settings().profile is not Profile.PRODUCTION else [])
    model = _done(lambda _: learning.learned(given, seed))
    click.echo(f"模型第 {model.version} 版，{model.texts} 篇文本，SHA-256 {model.sha256.hex()}")
    _accuracy(model.report)


@suggest.command(help="最新模型在留出文本上的准确率，以及实际研判中建议被采用的比例。")
def report() -> None:
    """As it was measured when the model was trained."""

    async def found(_: Settings) -> tuple[Any, Mapping[str, int]]:
        from domain.cases import suggesting
        from models import SuggestModel

        return await SuggestModel.all().order_by("-version").first(), await suggesting.in_life()

    model, life = _done(found)
    if model is None:
        raise Failed("还没有模型，请先 manage.py suggest train")
    click.echo(
        f"模型第 {model.version} 版，{model.trained_on} 训练，{model.texts} 篇文本，SHA-256 {model.sha256.hex()}"
    )
    _accuracy(model.report)
    for name, label in (("categories", "类别"), ("tiers", "紧急程度")):
        click.echo(f"实际研判中采用{label}建议：{life[f'{name}_followed']}/{life[name]}")


@suggest.command(help="还有多少段原文等待后台进程编入相似件索引。")
def index() -> None:
    """The worker's lag."""
    from domain.cases import indexing

    click.echo(f"等待编入索引：{_done(lambda _: indexing.waiting())} 段")


def _accuracy(told: dict[str, Any]) -> None:
    from rich.console import Console
    from rich.table import Table

    if not told["held_out"]:
        click.echo("没有可供检验的文本")
        return
    click.echo(f"留出检验 {told['held_out']} 篇：准确率 {told['accuracy']:.1%}，macro-F1 {told['macro_f1']:.3f}")
    for name, tally in told["sources"].items():
        called = {"case": "办结件", "sample": "样例"}[name]
        click.echo(
            f"  {called} {tally['texts']} 篇：首选正确 {tally['right']}，前三位中有正确的 {tally['among_three']}"
        )
    table = Table("类别", "篇数", "正确", "给出", title="按类别")
    for code, tally in told["categories"].items():
        table.add_row(code, str(tally["texts"]), str(tally["right"]), str(tally["given"]))
    Console().print(table)
    confused = "，".join(f"{right}→{given} {times}" for right, given, times in told["confused"])
    click.echo(f"最常见的混淆（应为→给出）：{confused or '无'}")


@cli.group(help="办理记录的防篡改校验。")
def audit() -> None:
    """The proof of the timeline."""


@audit.command(help="把有变化的链头写入数据库之外的锚定文件。")
def anchor() -> None:
    """The worker does it daily."""
    from domain.loop import audit as proof

    click.echo(f"锚定 {_done(lambda settings: proof.anchored(settings.anchors))} 件")


@audit.command(help="按副本编号追查一份转办单是谁下载的。")
@click.argument("code")
def copy(code: str) -> None:
    """However it is typed."""
    from domain.cases import transfer_sheet

    found = _done(lambda _: transfer_sheet.copy_of(code))
    click.echo(f"{found.code}  {found.number}  {found.unit} {found.person}  {found.made_at:%Y-%m-%d %H:%M}")


@audit.command(help="校验全部或指定事项的办理记录：有改动、缺失或调换时指出位置，退出码为 1。")
@click.option("--number", "numbers", multiple=True, help="只校验这些编号，可以多次给出。")
@click.pass_context
def verify(context: click.Context, numbers: tuple[str, ...]) -> None:
    """Against the chain, the matter's head and the anchors."""
    from domain.loop import audit as proof

    async def reports(settings: Settings) -> list[proof.Report]:
        return [await proof.verified(settings.anchors, number) for number in numbers or (None,)]

    found = _done(reports)
    faults = list(dict.fromkeys(fault for report in found for fault in report.faults))
    for fault in faults:
        click.echo(f"{fault.number} 第 {fault.seq} 条：{fault.what}" if fault.seq else f"{fault.number}：{fault.what}")
    matters, entries = sum(report.matters for report in found), sum(report.entries for report in found)
    click.echo(f"校验 {matters} 件 {entries} 条办理记录：{f'发现 {len(faults)} 处异常' if faults else '没有异常'}")
    if faults or matters < len(numbers):
        context.exit(1)


@cli.group(help="统计：全部举报件的数字和口径；verify 核对其与办理记录一致。", invoke_without_command=True)
@click.option("--region", default="", help="只统计这个地区及其下级。")
@click.option("--unit", type=click.UUID, help="只统计这个承办单位（编号）。")
@click.option("--category", help="只统计这个类别。")
@click.option("--since", type=click.DateTime(["%Y-%m-%d"]), help="第一天；默认今年一月一日。")
@click.option("--until", type=click.DateTime(["%Y-%m-%d"]), help="最后一天；默认今天。")
@click.option("--by", type=click.Choice(["region", "unit", "category", "month"]), help="再分开列出。")
@click.option("--says", is_flag=True, help="附上每个数字的口径。")
@click.pass_context
def statistics(context: click.Context, /, *, says: bool, **given: Any) -> None:
    """Of all cases, unless a command below is named."""
    if context.invoked_subcommand is not None:
        return
    from domain.figures.page import page
    from domain.figures.statistics import Asked, By
    from domain.people.actors import SYSTEM
    from kit import clock

    until = given["until"].date() if given["until"] else clock.today()
    since = given["since"].date() if given["since"] else until.replace(month=1, day=1)
    by = By(given["by"]) if given["by"] else None
    asked = Asked(since, until, given["region"], given["unit"], given["category"], by)
    _show_figures(_done(lambda _: page(SYSTEM, asked)), says=says)


def _show_figures(found: dict[str, Any], *, says: bool) -> None:
    from rich.console import Console
    from rich.table import Table

    title = f"{found['region_name']} {found['since']} 至 {found['until']}，口径 {found['definitions']}"
    table = Table("指标", "数", *(["口径"] if says else []), title=title)
    for count in found["counts"]:
        table.add_row(count["label"], str(count["value"]), *([count["says"]] if says else []))
    table.add_section()
    for rate in found["rates"]:
        told = [f"{rate['says']}{rate['leaves_out']}"] if says else []
        table.add_row(rate["label"], _share(rate), *told)
    table.add_section()
    for stage in found["stages"]:
        table.add_row(f"现在{stage['label']}", str(stage["cases"]), *([""] if says else []))
    Console().print(table)
    if found["groups"]:
        labels = [rate["label"] for rate in found["rates"]]
        parts = Table("", "收到", "受理", "答复", "办结", *labels)
        for group in found["groups"]:
            numbers = [str(group["counts"][name]) for name in ("received", "accepted", "replied", "closed")]
            parts.add_row(group["label"], *numbers, *(_share(share) for share in group["rates"].values()))
        Console().print(parts)


def _share(share: dict[str, Any]) -> str:
    if share["rate"] is None:
        return f"—（{share['of']} 件，不足五件不列）" if share["of"] else "—"
    return f"{share['rate']:.1%}（{share['part']}/{share['of']}）"


@statistics.command("verify", help="由办理记录重新推算全部数字并逐一比对；有出入时列出，退出码为 1。")
@click.pass_context
def verify_figures(context: click.Context) -> None:
    """Facts against entries, sums against facts."""
    from domain.figures import verifying

    report = _done(lambda _: verifying.verified())
    for fault in report.faults:
        click.echo(fault)
    outcome = f"发现 {len(report.faults)} 处不符" if report.faults else "完全一致"
    click.echo(f"核对 {report.cases} 件、{report.sums} 个合计：{outcome}")
    if report.faults:
        context.exit(1)


@cli.command(help="周汇总、月通报、年度报告：补齐最近的，列出或输出一份。")
@click.option("--kind", type=click.Choice(["week", "month", "year"]), help="只列这一种。")
@click.option("--since", type=click.DateTime(["%Y-%m-%d"]), help="输出从这一天开始的一份。")
@click.option("--to", type=click.Path(dir_okay=False, path_type=Path), help="写入文件：.txt、.docx、.xlsx 或 .pdf。")
def bulletin(kind: str | None, since: Any, to: Path | None) -> None:
    """The worker makes them; here they are made at once."""
    from domain.figures import bulletins
    from kit.papers import FORMS, Paper, written
    from models import Bulletin

    async def found(_: Settings) -> list[Bulletin]:
        await bulletins.made()
        given = {"kind": kind} if kind else {}
        return await Bulletin.filter(**given, **({"since": since.date()} if since else {})).order_by("-since", "kind")

    rows = _done(found)
    if since is None:
        for row in rows:
            click.echo(f"{row.kind:6} {row.since}  {row.title}")
        return
    if len(rows) != 1:
        raise Failed("没有这一份，或者有不止一份，请用 --kind 指明")
    if to is None:
        click.echo(rows[0].text)
        return
    form = to.suffix.removeprefix(".")
    if form not in FORMS:
        raise Failed("请写明 .txt、.docx、.xlsx 或 .pdf")
    to.write_bytes(_run(written(Paper.read(dict(rows[0].content["paper"])), form)))  # type: ignore[call-overload]
    click.echo(f"已保存 {to}")


@cli.group(help="身份保管库：更换密钥。")
def vault() -> None:
    """The keys of what is sealed."""


@vault.command(help="更换密钥：设好 MASTER_KEY（新）和 MASTER_KEY_PREVIOUS（旧）后执行，可以随时中断、重复执行。")
@click.pass_context
def rotate(context: click.Context) -> None:
    """While everything is served; as the login that owns the tables, who alone may change the vault."""
    from domain import rotation

    async def work(settings: Settings) -> tuple[list[rotation.Count], tuple[int, bool]]:
        rehashed = await rotation.rehashed(settings)
        return await rotation.rotated(settings, _told()), rehashed

    counts, (people, again) = _done(work, owner=True)
    for count in counts:
        unreadable = f"，无法打开 {count.unreadable}" if count.unreadable else ""
        click.echo(f"{count.place}：共 {count.boxes}，换用新密钥 {count.renewed}{unreadable}")
    if people or again:
        click.echo(f"查找密钥：更新微信用户 {people}{'，相似举报件将由后台重新编入索引' if again else ''}")
    if any(count.unreadable for count in counts):
        click.echo("有内容用现有的两把密钥都打不开：请找回当时的密钥，不要停用旧密钥", err=True)
        context.exit(1)
    click.echo("核对完毕：全部内容都能用新密钥打开，确认各进程都已用新密钥重启后，可以去掉 MASTER_KEY_PREVIOUS")


def _told() -> Callable[[str, int, int], None]:
    """A line now and then for each place that takes long."""
    last = [time.monotonic()]

    def line(place: str, done: int, total: int) -> None:
        if time.monotonic() - last[0] > REPORT_EVERY:
            last[0] = time.monotonic()
            click.echo(f"{place} {done}/{total}")

    return line


@cli.group(help="保存期限：到期应当销毁的内容；提交和批准在接口中由两人进行。")
def retention() -> None:
    """Plan and run."""


@retention.command(help="列出今天到期应当销毁的内容和批次编号，以及已有的批次；什么都不改。")
def plan() -> None:
    """A dry run."""
    from domain.records import planning

    async def found(_: Settings) -> tuple[dict[str, Any], list[dict[str, Any]]]:
        import domain.process  # noqa: F401  # kinds register themselves when they are loaded

        return await planning.shown(await planning.planned()), await planning.batches()

    told, batches = _done(found)
    for line in told["lines"]:
        click.echo(
            f"{line['kind_label']}  {line['rule_name']}  {line['part_label']}  保存{line['kept']}  {line['count']} 件"
        )
    for line in told["waiting"]:
        click.echo(f"到期而不能销毁：{line['label']} {line['count']} 件")
    click.echo(f"到期 {told['total']} 项，批次编号 {told['id']}" if told["total"] else "没有到期的内容")
    for batch in batches:
        state = "已完成" if batch["done_at"] else f"{batch['approved_by']} 已批准" if batch["approved_by"] else "待批准"
        click.echo(
            f"批次 {batch['id']}  {batch['planned_by']} 提交  {state}  共 {batch['total']}，已销毁 {batch['done']}，"
            f"跳过 {batch['skipped']}"
        )


@retention.command(help="立即执行已由两人提交和批准的批次（后台进程也会执行）；可以中断、重复执行。")
@click.argument("batch")
def run(batch: str) -> None:
    """What was begun is finished."""
    from domain.files.writing import Place
    from domain.records import destroying
    from kit import storage

    async def work(settings: Settings) -> int:
        import domain.process  # noqa: F401  # kinds register themselves when they are loaded

        if not await destroying.is_approved(batch):
            raise Failed("没有这个批次，或者还没有由另一人批准")
        ground = destroying.Ground(storage.opened(settings), Place.below(settings.var))
        total = 0
        while done := await destroying.worked(ground, batch):
            total += done
        return total

    click.echo(f"已销毁 {_done(work)} 项")


@cli.group(help="微信：公众号菜单。")
def wechat() -> None:
    """What is set at WeChat."""


@wechat.command(help="把公众号的菜单设为：我要举报、查进度、更多（述法专栏、我的待办、帮助）。")
def menu() -> None:
    """Phones take up to five minutes to see it."""
    from redis.asyncio import Redis

    from bot.menu import MENU
    from kit.wechat.account import Kind
    from kit.wechat.clients import clients
    from kit.wechat.errors import WeChatError
    from kit.wechat.menu import set_menu

    async def set_() -> None:
        settings = Settings()
        if not settings.redis_url:
            raise Failed("需要设置 REDIS_URL：微信的令牌由各进程共用")
        valkey = Redis.from_url(settings.redis_url)
        try:
            async with clients(settings, valkey) as found:
                if Kind.OFFICIAL not in found:
                    raise Failed("没有设置公众号（WECHAT_OFFICIAL_…）")
                await set_menu(found[Kind.OFFICIAL], MENU)
        except WeChatError as error:
            raise Failed(f"微信没有接受菜单：{error}") from error
        finally:
            await valkey.aclose()

    _run(set_())
    click.echo("公众号菜单已设置，手机上最迟 5 分钟后看到")


@cli.group(help="附件的处理：列出处理失败的附件，重新处理。", invoke_without_command=True)
@click.pass_context
def files(context: click.Context) -> None:
    """Files whose tries are used up, unless a command below is named."""
    if context.invoked_subcommand is not None:
        return
    from domain.files import processing

    found = _done(lambda _: processing.failed())
    for file in found:
        error = file.facts.get("error", "")
        click.echo(f"{file.id}  {file.created_on}  {file.purpose}  {file.bytes} 字节  {error}")
    click.echo(f"处理失败的附件 {len(found)} 个")


@files.command(help="重新处理失败的附件：给出编号，或用 --all 处理全部。")
@click.argument("ids", nargs=-1, type=click.UUID)
@click.option("--all", "everything", is_flag=True, help="全部处理失败的附件。")
def retry(ids: tuple[UUID, ...], everything: bool) -> None:  # noqa: FBT001  # click hands it over so
    """With as many tries as at first."""
    from domain.files import processing
    from models.database import wake

    if bool(ids) == everything:
        raise Failed("请给出附件编号，或用 --all")

    async def again(_: Settings) -> int:
        count = await processing.repeated(*ids)
        await wake()
        return count

    count = _done(again)
    click.echo(f"重新处理 {count} 个附件")
    if count < len(ids):
        raise Failed(f"{len(ids) - count} 个编号没有处理失败的附件")


@cli.command(help="列出全部接口地址、访问者和说明。")
def routes() -> None:
    """The route table."""
    from app import CALLBACK
    from handlers import ROUTES

    for operation in sorted(
        (one for subject in (*ROUTES, CALLBACK) for one in subject), key=lambda one: (one.path, one.method)
    ):
        who = "、".join(sorted(operation.roles)) or operation.access
        click.echo(f"{operation.method.upper():6} {operation.path:48} {who:24} {operation.summary}")


@cli.command(help="输出接口描述（OpenAPI 3.1，JSON）。")
def openapi() -> None:
    """As /api/v1/openapi.json serves it."""
    from handlers import ROUTES
    from handlers.openapi import document

    content, _ = document([operation for subject in ROUTES for operation in subject])
    click.echo(content)


@cli.command(help="以 Markdown 表格输出全部设置。")
def settings() -> None:
    """Name in the environment, default, meaning."""
    click.echo("| name | default | meaning |\n|---|---|---|")
    for name, field in Settings.model_fields.items():
        default = field.default.value if isinstance(field.default, Profile) else field.default
        shown = "" if default is None or str(default) == "" else f"`{default}`"
        click.echo(f"| `{name.upper()}` | {shown} | {field.description} |")


if __name__ == "__main__":
    cli()

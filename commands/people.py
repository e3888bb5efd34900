"""Who works here: units, persons and posts from a file, and their accounts."""

from pathlib import Path

import click

from commands.running import with_database
from kit.settings import Settings


@click.group(help="名册：单位、人员、任职。")
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
    report, left = with_database(lambda _: leaving.imported(rows, dry_run=dry_run))
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


@click.group(help="账号。")
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
    secret = with_database(lambda settings: accounts.create(settings, person_code, username, password))
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
    made = with_database(lambda settings: invitations.issued(settings, username, phone))
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

    with_database(ended)
    click.echo(f"账号 {username} 的微信绑定和登录已全部终止")


def _switched(username: str, *, disabled: bool) -> None:
    from domain.people import accounts

    with_database(lambda _: accounts.set_disabled(username, disabled=disabled))

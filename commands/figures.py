"""Figures of all cases, checked against the entries, and the bulletins made of them."""

from pathlib import Path
from typing import Any

import click

from commands.running import Failed, run, with_database
from kit.settings import Settings


@click.group(help="统计：全部举报件的数字和口径；verify 核对其与办理记录一致。", invoke_without_command=True)
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
    show_figures(with_database(lambda _: page(SYSTEM, asked)), says=says)


def show_figures(found: dict[str, Any], *, says: bool) -> None:
    """Print them as tables."""
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

    report = with_database(lambda _: verifying.verified())
    for fault in report.faults:
        click.echo(fault)
    outcome = f"发现 {len(report.faults)} 处不符" if report.faults else "完全一致"
    click.echo(f"核对 {report.cases} 件、{report.sums} 个合计：{outcome}")
    if report.faults:
        context.exit(1)


@click.command(help="周汇总、月通报、年度报告：补齐最近的，列出或输出一份。")
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

    rows = with_database(found)
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
    to.write_bytes(run(written(Paper.read(dict(rows[0].content["paper"])), form)))  # type: ignore[call-overload]
    click.echo(f"已保存 {to}")

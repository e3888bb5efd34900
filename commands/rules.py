"""Tables and rules: the database as it should be today, rules and working days as rows."""

from pathlib import Path

import click

from commands.running import prepared, run, servers, with_database
from kit.settings import ROOT, Settings

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


@click.command(help="升级数据库表结构，并装载地区和规则；可以重复执行。")
def migrate() -> None:
    """As the login that owns the tables."""
    with servers(Settings(), prepare=False) as settings:
        changes = run(prepared(settings))
    click.echo("数据库已是最新")
    _tell(changes)


@click.group(help="工作日历：节假日和调休。")
def calendar() -> None:
    """Working days as rows."""


@calendar.command("load", help="从国务院节假日安排装载前后几年的工作日；人工更正过的不动。")
def calendar_load() -> None:
    """Run again when the next year's notice is out."""
    from domain.loop import calendar_days

    count = with_database(lambda _: calendar_days.loaded())
    click.echo(f"日历共 {count.total} 天，更新 {count.changed} 天")


@calendar.command(help="按 CSV（day,working,name,source）更正个别日期，须写明依据。")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
def correct(file: Path) -> None:
    """Later loads leave these days alone."""
    from domain.loop import calendar_days

    rows = calendar_days.rows_of(file.read_bytes())
    changed = with_database(lambda _: calendar_days.corrected(rows))
    click.echo(f"更正 {changed} 天")


@click.group(help="规则：职责标签、类别、时限、派单目录。")
def rules() -> None:
    """Rules as rows."""


@rules.command("load", help="从 data/ 装载规则文件；没有变化时什么都不做。")
def rules_load() -> None:
    """What was entered by hand is left alone."""
    from domain.loop import rule_books

    counts = with_database(lambda _: rule_books.loaded(ROOT / "data"))
    _tell({name: count.changed for name, count in counts.items()})

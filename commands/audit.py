"""The proof of the timeline: anchored, verified, and whose copy a paper is."""

import click

from commands.running import with_database
from kit.settings import Settings


@click.group(help="办理记录的防篡改校验。")
def audit() -> None:
    """The proof of the timeline."""


@audit.command(help="把有变化的链头写入数据库之外的锚定文件。")
def anchor() -> None:
    """The worker does it daily."""
    from domain.loop import audit as proof

    click.echo(f"锚定 {with_database(lambda settings: proof.anchored(settings.anchors))} 件")


@audit.command(help="按副本编号追查一份转办单是谁下载的。")
@click.argument("code")
def copy(code: str) -> None:
    """However it is typed."""
    from domain.cases import transfer_sheet

    found = with_database(lambda _: transfer_sheet.copy_of(code))
    click.echo(f"{found.code}  {found.number}  {found.unit} {found.person}  {found.made_at:%Y-%m-%d %H:%M}")


@audit.command(help="校验全部或指定事项的办理记录：有改动、缺失或调换时指出位置，退出码为 1。")
@click.option("--number", "numbers", multiple=True, help="只校验这些编号，可以多次给出。")
@click.pass_context
def verify(context: click.Context, numbers: tuple[str, ...]) -> None:
    """Against the chain, the matter's head and the anchors."""
    from domain.loop import audit as proof

    async def reports(settings: Settings) -> list[proof.Report]:
        return [await proof.verified(settings.anchors, number) for number in numbers or (None,)]

    found = with_database(reports)
    faults = list(dict.fromkeys(fault for report in found for fault in report.faults))
    for fault in faults:
        click.echo(f"{fault.number} 第 {fault.seq} 条：{fault.what}" if fault.seq else f"{fault.number}：{fault.what}")
    matters, entries = sum(report.matters for report in found), sum(report.entries for report in found)
    click.echo(f"校验 {matters} 件 {entries} 条办理记录：{f'发现 {len(faults)} 处异常' if faults else '没有异常'}")
    if faults or matters < len(numbers):
        context.exit(1)

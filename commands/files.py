"""Files whose processing failed."""

from uuid import UUID

import click

from commands.running import Failed, with_database
from kit.settings import Settings


@click.group(help="附件的处理：列出处理失败的附件，重新处理。", invoke_without_command=True)
@click.pass_context
def files(context: click.Context) -> None:
    """Files whose tries are used up, unless a command below is named."""
    if context.invoked_subcommand is not None:
        return
    from domain.files import processing

    found = with_database(lambda _: processing.failed())
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

    count = with_database(again)
    click.echo(f"重新处理 {count} 个附件")
    if count < len(ids):
        raise Failed(f"{len(ids) - count} 个编号没有处理失败的附件")

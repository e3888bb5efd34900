"""What is destroyed when its time is over."""

from typing import Any

import click

from commands.running import Failed, with_database
from kit.settings import Settings


@click.group(help="保存期限：到期应当销毁的内容；提交和批准在接口中由两人进行。")
def retention() -> None:
    """Plan and run."""


@retention.command(help="列出今天到期应当销毁的内容和批次编号，以及已有的批次；什么都不改。")
def plan() -> None:
    """A dry run."""
    from domain.records import planning

    async def found(_: Settings) -> tuple[dict[str, Any], list[dict[str, Any]]]:
        import domain.process  # noqa: F401  # kinds register themselves when they are loaded

        return await planning.shown(await planning.planned()), await planning.batches()

    told, batches = with_database(found)
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

    click.echo(f"已销毁 {with_database(work)} 项")

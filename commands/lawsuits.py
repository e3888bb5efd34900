"""Lost lawsuits, listed on the ledger from a file."""

from pathlib import Path

import click

from commands.running import with_database


@click.group(help="败诉案件：行政诉讼败诉、行政复议被纠错的案件，列入问题清单。")
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
    done = with_database(lambda _: lost.imported(SYSTEM, file.name, content, dry_run=dry_run))
    for problem in done.problems:
        click.echo(f"第 {problem.line} 行 {problem.column}：{problem.message}", err=True)
    if done.problems:
        click.echo(f"{len(done.problems)} 处错误，一件也没有列入", err=True)
        context.exit(1)
    click.echo("检查通过，没有写入" if dry_run else "已导入")
    click.echo(f"列入 {done.added} 件，已有 {done.known} 件")

"""The demo: its province, its people, and cases played through the real process."""

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta

import click

from commands.figures import show_figures
from commands.running import REPORT_EVERY, Failed, with_database
from kit.settings import Profile, Settings

LOOKED_BACK = timedelta(days=365)  # the demo's story is shorter


@click.command(help="装载演示省份和演示人员，并按真实流程演示若干举报件；中断后再次执行会接着做。")
@click.option(
    "--cases", type=click.IntRange(min=0), help="共演示多少件；默认故事的一轮（668 件），或上次开始时的数目。"
)
@click.option("--seed", default="gansu", show_default=True, help="随机种子，只在第一次执行时有效。")
def demo(cases: int | None, seed: str) -> None:
    """Never in production."""
    if Settings().profile is Profile.PRODUCTION:
        raise Failed("生产环境不得装载演示数据")
    with_database(lambda settings: _demo(settings, cases, seed))


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
    show_figures(await page(SYSTEM, Asked(today - LOOKED_BACK, today)), says=False)


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

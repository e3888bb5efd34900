"""The keys of what is sealed."""

import time
from collections.abc import Callable

import click

from commands.running import REPORT_EVERY, with_database
from kit.settings import Settings


@click.group(help="身份保管库：更换密钥。")
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

    counts, (people, again) = with_database(work, owner=True)
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

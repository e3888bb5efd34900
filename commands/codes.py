"""QR codes: listed, and as pictures."""

from pathlib import Path
from uuid import UUID

import click

from commands.running import with_database
from kit.settings import Settings


@click.group(help="二维码：列表和图片。签发、停用和更换在管理页面（接口）中进行，以便记下是谁办的。")
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

    for line in with_database(found):
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

    content = with_database(drawn)
    target = to or Path(f"code-{value}{'' if kind == 'link' else f'-{kind}'}.png")
    target.write_bytes(content)
    click.echo(f"已保存 {target}")

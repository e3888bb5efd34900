"""What is set at WeChat."""

import click

from commands.running import Failed, run
from kit.settings import Settings


@click.group(help="微信：公众号菜单。")
def wechat() -> None:
    """What is set at WeChat."""


@wechat.command(help="把公众号的菜单设为：我要举报、查进度、更多（述法专栏、我的待办、帮助）。")
def menu() -> None:
    """Phones take up to five minutes to see it."""
    from redis.asyncio import Redis

    from bot.menu import MENU
    from kit.wechat.account import Kind
    from kit.wechat.clients import clients
    from kit.wechat.errors import WeChatError
    from kit.wechat.menu import set_menu

    async def set_() -> None:
        settings = Settings()
        if not settings.redis_url:
            raise Failed("需要设置 REDIS_URL：微信的令牌由各进程共用")
        valkey = Redis.from_url(settings.redis_url)
        try:
            async with clients(settings, valkey) as found:
                if Kind.OFFICIAL not in found:
                    raise Failed("没有设置公众号（WECHAT_OFFICIAL_…）")
                await set_menu(found[Kind.OFFICIAL], MENU)
        except WeChatError as error:
            raise Failed(f"微信没有接受菜单：{error}") from error
        finally:
            await valkey.aclose()

    run(set_())
    click.echo("公众号菜单已设置，手机上最迟 5 分钟后看到")

"""`python -m demo.wechat`: the WeChat of `make run`, served at WECHAT_API, with the accounts that WECHAT_… name."""

from urllib.parse import urlsplit

from aiohttp import web

from demo.wechat import small
from demo.wechat.server import build
from kit.settings import Settings


def main() -> None:
    """Serve until SIGTERM or SIGINT; what was sent is forgotten then."""
    settings = Settings()
    port = urlsplit(settings.wechat_api).port
    web.run_app(build(small.world(settings)), host=settings.host, port=port, access_log=None, shutdown_timeout=1)


if __name__ == "__main__":
    main()

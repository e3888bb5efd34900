"""What docs and clients are made from: the routes, the API's description, the settings."""

import click

from kit.settings import Profile, Settings


@click.command(help="列出全部接口地址、访问者和说明。")
def routes() -> None:
    """The route table."""
    from app import CALLBACK
    from handlers import ROUTES

    for operation in sorted(
        (one for subject in (*ROUTES, CALLBACK) for one in subject), key=lambda one: (one.path, one.method)
    ):
        who = "、".join(sorted(operation.roles)) or operation.access
        click.echo(f"{operation.method.upper():6} {operation.path:48} {who:24} {operation.summary}")


@click.command(help="输出接口描述（OpenAPI 3.1，JSON）。")
def openapi() -> None:
    """As /api/v1/openapi.json serves it."""
    from handlers import ROUTES
    from handlers.openapi import document

    content, _ = document([operation for subject in ROUTES for operation in subject])
    click.echo(content)


@click.command(help="以 Markdown 表格输出全部设置。")
def settings() -> None:
    """Name in the environment, default, meaning."""
    click.echo("| name | default | meaning |\n|---|---|---|")
    for name, field in Settings.model_fields.items():
        default = field.default.value if isinstance(field.default, Profile) else field.default
        shown = "" if default is None or str(default) == "" else f"`{default}`"
        click.echo(f"| `{name.upper()}` | {shown} | {field.description} |")

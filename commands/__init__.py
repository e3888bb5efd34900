"""The command line, a file for each subject; `manage.py` is how people call it.

Whatever takes long to import is imported by the command that needs it: `migrate` stands before every first start.
"""

from typing import Any

import click
from pydantic import ValidationError

from commands import (
    audit,
    codes,
    demo,
    development,
    figures,
    files,
    lawsuits,
    people,
    retention,
    rules,
    suggest,
    vault,
    wechat,
)
from commands.running import Failed
from kit.errors import Refusal


class Commands(click.Group):
    """Commands whose refusals are one line for a person and a code for a script."""

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command."""
        from kit.embedded import Unstartable

        try:
            return super().invoke(ctx)
        except (Refusal, Unstartable) as refusal:
            raise Failed(str(refusal)) from refusal
        except ValidationError as wrong:
            lines = (f"设置有误 {'.'.join(map(str, error['loc'])).upper()}：{error['msg']}" for error in wrong.errors())
            raise Failed("\n".join(lines)) from wrong


@click.group(
    cls=Commands,
    help="一键举报 · 述法：管理命令。设置取自环境变量，见 manage.py settings。",
    commands=(
        rules.migrate,
        rules.rules,
        rules.calendar,
        people.roster,
        people.account,
        lawsuits.lawsuits,
        codes.codes,
        suggest.suggest,
        audit.audit,
        figures.statistics,
        figures.bulletin,
        vault.vault,
        retention.retention,
        wechat.wechat,
        files.files,
        demo.demo,
        development.routes,
        development.openapi,
        development.settings,
    ),
)
def cli() -> None:
    """Every command has its own help."""

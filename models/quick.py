"""Spares every process a third of a second: Tortoise looks through the source of each table for comments of its own."""

import tortoise.models
from tortoise.models import Model


def _no_comments(cls: type[Model]) -> dict[str, str]:  # noqa: ARG001  # named as Tortoise's
    """What it would find: our words about a table stand in its docstring, which it reads by another way."""
    return {}


tortoise.models._get_comments = _no_comments  # noqa: SLF001  # Tortoise offers no other way

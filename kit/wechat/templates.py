"""Templates of this installation, as its consoles have them: an id, and what stands under each of its keys."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Template:
    """`fields` are names of values by the template's keys."""

    id: str
    fields: Mapping[str, str]

    def filled(self, values: Mapping[str, str]) -> dict[str, str]:
        """The data of a message."""
        return {key: values[name] for key, name in self.fields.items()}


def template(setting: str) -> Template | None:
    """The template that a setting describes, whose form was checked when it was read; none for an empty one."""
    if not setting:
        return None
    name, *pairs = setting.split()
    return Template(name, dict(pair.split("=") for pair in pairs))

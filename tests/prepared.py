"""Models are made ready for queries once in a process: for each new database Tortoise would do the very same again."""

from tortoise.apps import Apps

_make_ready = Apps._build_initial_querysets  # Tortoise offers no other way to it
_ready: set[int] = set()


def once() -> None:
    """From now on: what is made ready depends on the models and on PostgreSQL's dialect, never on a connection."""

    def make_ready(apps: Apps) -> None:
        models = {id(model) for app in apps.apps.values() for model in app.values()}
        if not models <= _ready:
            _make_ready(apps)
            _ready.update(models)

    setattr(Apps, _make_ready.__name__, make_ready)

"""Bring the tables up to date; as Tortoise does, without the work that it does for nobody."""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cached_property

from tortoise import Tortoise, models
from tortoise.migrations.executor import MigrationExecutor
from tortoise.migrations.graph import MigrationKey
from tortoise.migrations.schema_generator.state import State
from tortoise.migrations.schema_generator.state_apps import StateApps

from models.database import APP, config, connection


class _Tables(StateApps):
    """Models that are described and never asked for rows: they need no queries made ready."""

    def _build_initial_querysets(self) -> None:
        """Leave out what takes half of a migration's time."""


class _Before(State):
    """The tables before an operation: classes are made of them only for the operation that asks."""

    def __init__(self, state: State) -> None:
        self.models = {key: model.clone() for key, model in state.models.items()}
        self._connections = state.apps._default_connections  # noqa: SLF001  # Tortoise offers no other way to it

    @cached_property
    def apps(self) -> StateApps:  # type: ignore[override]  # an attribute there; nobody sets it anew
        """Models that can be asked for rows too, as an operation in Python may."""
        return StateApps(default_connections=self._connections).clone(model_states=self.models)


@contextmanager
def _nothing_asked() -> Iterator[None]:
    """Classes made in here know no filters: to list some twenty of each column takes half the time of a class."""
    inside, name = vars(models), "get_filters_for_field"  # Tortoise offers no other way
    listed = inside[name]
    inside[name] = lambda **_: {}
    try:
        yield
    finally:
        inside[name] = listed


class _Now(State):
    """The tables as they are to become: described for the operation, asked for no rows."""

    def _reload(self, models_to_reload: set[tuple[str, str]]) -> None:
        with _nothing_asked():
            super()._reload(models_to_reload)

    def clone(self) -> State:
        """Give what an operation may look back to."""
        return _Before(self)


class _Executor(MigrationExecutor):
    async def _project_state(self, applied: set[MigrationKey], *, upto: MigrationKey | None = None) -> State:
        state = await super()._project_state(applied, upto=upto)
        tables = _Tables(default_connections=state.apps._default_connections)  # noqa: SLF001  # as above
        tables.apps = state.apps.apps
        return _Now(models=state.models, apps=tables)


async def migrated(url: str) -> None:
    """Apply the migrations in `models/migrations` that the database doesn't know yet."""
    chosen = config(url, pool=1)
    try:
        await Tortoise.init(config=chosen, init_connections=False)
        await _Executor(connection(), {APP: chosen["apps"][APP]}).migrate()
    finally:
        await Tortoise.close_connections()

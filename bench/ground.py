"""Where everything is measured: private servers that write through to the disk, and the demo province in them."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from demo import province
from kit.embedded import Postgres, Valkey
from models.database import connected
from models.migrating import migrated


@dataclass(frozen=True)
class Ground:
    """The running pair of servers and a folder for whatever else is written."""

    folder: Path
    postgres: Postgres
    valkey: Valkey


@contextmanager
def ground() -> Iterator[Ground]:
    """Servers of the benchmark's own, gone afterwards."""
    with tempfile.TemporaryDirectory(prefix="yijian-bench-") as name:
        folder = Path(name)
        folder.chmod(0o755)  # as root the servers run as somebody else, who has to get in
        made = Ground(folder, Postgres(folder / "postgres"), Valkey(folder / "valkey"))
        try:
            made.postgres.start()
            made.valkey.start()
            yield made
        finally:
            made.valkey.stop()
            made.postgres.stop()


async def settled(postgres: Postgres) -> None:
    """Bring the tables up to date and the demo province in; a second time it changes nothing."""
    await migrated(postgres.migration_url)
    async with connected(postgres.migration_url):
        await province.made()

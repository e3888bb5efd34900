"""A line between a client and the server that is cut after so many bytes, as a phone's is in a lift."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field


@dataclass
class Line:
    """Each connection takes the next of `cuts`: after so many bytes to the server it breaks; then none does."""

    port: int
    cuts: list[int]
    at: str = ""
    broken: int = 0
    pumps: set[asyncio.Task[None]] = field(default_factory=set)

    async def connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Carry both ways."""
        inner_reader, inner_writer = await asyncio.open_connection("127.0.0.1", self.port)
        back = asyncio.create_task(self._carried(inner_reader, writer))
        self.pumps.add(back)
        with suppress(ConnectionError):
            while data := await reader.read(1 << 16):
                if self.cuts and (cut := self._cut(len(data))):
                    inner_writer.write(data[: cut - 1])
                    await inner_writer.drain()
                    break
                inner_writer.write(data)
                await inner_writer.drain()
        for end in (inner_writer, writer):
            end.transport.abort() if self.broken else end.close()
        await back

    def _cut(self, size: int) -> int:
        """Count bytes down; where the line breaks, one more than how many still pass."""
        self.cuts[0] -= size
        if self.cuts[0] > 0:
            return 0
        self.broken += 1
        return size + self.cuts.pop(0) + 1

    async def _carried(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(ConnectionError):
            while data := await reader.read(1 << 16):
                writer.write(data)
                await writer.drain()
        writer.close()


@asynccontextmanager
async def line(port: int, *cuts: int) -> AsyncIterator[Line]:
    """A line to a server's port, with an address of its own."""
    made = Line(port, list(cuts))
    server = await asyncio.start_server(made.connected, "127.0.0.1", 0)
    made.at = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    try:
        yield made
    finally:
        server.close()
        for pump in made.pumps:
            pump.cancel()
        await asyncio.gather(*made.pumps, return_exceptions=True)

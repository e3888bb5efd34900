"""Clients that do nothing but submit: `python -m bench.client PORT SECONDS CLIENTS`, the body of a report on stdin.

Bare sockets kept alive: a real HTTP client would cost as much as the server that is measured.
"""

import asyncio
import sys
from time import monotonic

import uvloop

CREATED = b"HTTP/1.1 201 "


async def submitted(port: int, body: bytes, until: float) -> int:
    """How many reports one client gets rid of; each is sent when the one before is confirmed."""
    head = (
        f"POST /api/v1/cases HTTP/1.1\r\nHost: bench\r\nContent-Type: application/json\r\nContent-Length: {len(body)}"
    )
    request = head.encode() + b"\r\n\r\n" + body
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    count = 0
    while monotonic() < until:
        writer.write(request)
        answer = await reader.readuntil(b"\r\n\r\n")
        length = next(line for line in answer.lower().split(b"\r\n") if line.startswith(b"content-length:"))
        content = await reader.readexactly(int(length.partition(b":")[2]))
        if not answer.startswith(CREATED):
            sys.exit(f"{answer.decode()}{content.decode()}")
        count += 1
    writer.close()
    return count


async def main(port: int, seconds: float, clients: int) -> None:
    """Print how many reports a second were confirmed to all clients together."""
    body = sys.stdin.buffer.read()
    began = monotonic()
    counts = await asyncio.gather(*(submitted(port, body, began + seconds) for _ in range(clients)))
    print(sum(counts) / (monotonic() - began))


if __name__ == "__main__":
    uvloop.run(main(int(sys.argv[1]), float(sys.argv[2]), int(sys.argv[3])))

"""Reports sent at a fixed pace: `python -m bench.paced PORT SECONDS RATE`, the body of a report on stdin.

Each is sent at its own moment, whether or not those before it were answered, and its time counts from that moment: a
server that stands still for a second pays for all that came in it. Prints the milliseconds of each, as JSON.
"""

import asyncio
import json
import sys
from collections.abc import Iterator
from time import monotonic

import uvloop

from bench.client import CREATED

CLIENTS = 64


async def answered(port: int, body: bytes, moments: Iterator[float], took: list[float]) -> None:
    """Send at each moment that nobody else has taken yet, over one connection."""
    head = (
        f"POST /api/v1/cases HTTP/1.1\r\nHost: bench\r\nContent-Type: application/json\r\nContent-Length: {len(body)}"
    )
    request = head.encode() + b"\r\n\r\n" + body
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    for moment in moments:
        await asyncio.sleep(moment - monotonic())
        writer.write(request)
        answer = await reader.readuntil(b"\r\n\r\n")
        length = next(line for line in answer.lower().split(b"\r\n") if line.startswith(b"content-length:"))
        content = await reader.readexactly(int(length.partition(b":")[2]))
        if not answer.startswith(CREATED):
            sys.exit(f"{answer.decode()}{content.decode()}")
        took.append((monotonic() - moment) * 1000)
    writer.close()


async def main(port: int, seconds: float, rate: float) -> None:
    """Print how long each report took."""
    body, took, began = sys.stdin.buffer.read(), list[float](), monotonic() + 0.2
    moments = (began + place / rate for place in range(round(seconds * rate)))
    await asyncio.gather(*(answered(port, body, moments, took) for _ in range(CLIENTS)))
    print(json.dumps(took))


if __name__ == "__main__":
    uvloop.run(main(int(sys.argv[1]), float(sys.argv[2]), float(sys.argv[3])))

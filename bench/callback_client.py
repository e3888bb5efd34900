"""Whoever pushes: `python -m bench.callback_client PORT PATH COUNT CONNECTIONS RATE`, account and text by stdin.

With a rate of 0 each connection sends when the answer before is there; else so many a second are sent, whatever
becomes of those before. Prints {"seconds": …, "waits": [ms, …], "answers": […]} with one of each for each push.
Messages are sealed before the clock starts, and spoken over bare sockets: a real client would cost as much as a server.
"""

import asyncio
import json
import sys
import time
from base64 import b64encode
from time import monotonic
from urllib.parse import urlencode

import uvloop

from demo.wechat.pushing import request_for
from demo.wechat.world import App


def requests(app: App, path: str, count: int, text: str) -> list[bytes]:
    """Messages with this text, each with an id and a sender of its own."""
    made, base = [], time.time_ns()
    for number in range(count):
        openid = "o" + b64encode((base + number).to_bytes(20, "big"), b"_-").decode().rstrip("=")
        fields = {"ToUserName": app.original_id, "FromUserName": openid, "CreateTime": base // 1_000_000_000}
        fields |= {"MsgType": "text", "Content": text, "MsgId": base + number}
        query, body = request_for(app, fields, timestamp=base // 1_000_000_000)
        head = (
            f"POST {path}?{urlencode(query)} HTTP/1.1\r\nHost: bench\r\nContent-Type: text/xml\r\n"
            f"Content-Length: {len(body)}\r\n\r\n"
        )
        made.append(head.encode() + body)
    return made


class Line:
    """One connection kept open."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._ends: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    async def sent(self, request: bytes) -> tuple[float, str]:
        """How many milliseconds it took, and what came: "200 reply", "200 success" or another status."""
        began = monotonic()
        try:
            reader, writer = self._ends = self._ends or await asyncio.open_connection("127.0.0.1", self._port)
            writer.write(request)
            head = (await reader.readuntil(b"\r\n\r\n")).lower()
            length = next(line for line in head.split(b"\r\n") if line.startswith(b"content-length:"))
            content = await reader.readexactly(int(length.partition(b":")[2]))
            if b"connection: close" in head:
                writer.close()
                self._ends = None
        except (OSError, asyncio.IncompleteReadError):
            self._ends = None
            return (monotonic() - began) * 1000, "nothing"
        said = "reply" if b"<Encrypt>" in content else content[:20].decode(errors="replace")
        return (monotonic() - began) * 1000, f"{head[9:12].decode()} {said}"


async def in_turns(port: int, waiting: list[bytes], connections: int) -> list[tuple[float, str]]:
    """Each connection takes the next when its last is answered."""
    done: list[tuple[float, str]] = []

    async def one() -> None:
        line = Line(port)
        while waiting:
            done.append(await line.sent(waiting.pop()))

    await asyncio.gather(*(one() for _ in range(connections)))
    return done


async def at_rate(port: int, waiting: list[bytes], rate: float) -> list[tuple[float, str]]:
    """So many a second, each over a connection of its own."""
    began = monotonic()
    tasks = []
    for number, request in enumerate(waiting):
        await asyncio.sleep(max(0.0, began + number / rate - monotonic()))
        tasks.append(asyncio.create_task(Line(port).sent(request)))
    return list(await asyncio.gather(*tasks))


async def main(port: int, path: str, count: int, connections: int, rate: float) -> None:
    """Send all, and print what came."""
    told = json.load(sys.stdin)
    waiting = requests(App("official", secret="", **told["account"]), path, count, told["text"])
    print("ready", flush=True)
    began = monotonic()
    done = await (at_rate(port, waiting, rate) if rate else in_turns(port, waiting, connections))
    seconds = monotonic() - began
    print(json.dumps({"seconds": seconds, "waits": [wait for wait, _ in done], "answers": [said for _, said in done]}))


if __name__ == "__main__":
    words = sys.argv[1:]
    uvloop.run(main(int(words[0]), words[1], int(words[2]), int(words[3]), float(words[4])))

"""Sends bytes and does nothing else: `python -m bench.upload_client PORT PATH tus|put UPLOADS LENGTH PIECE METADATA`.

Bare blocking sockets, a thread each: a real client would cost as much as the servers that are measured.
"""

import json
import os
import socket
import sys
from concurrent.futures import ThreadPoolExecutor
from uuid import uuid4

BLOCK = os.urandom(1 << 20)


class Talk:
    """One connection that is kept alive."""

    def __init__(self, port: int) -> None:
        self.socket = socket.create_connection(("127.0.0.1", port))
        self.file = self.socket.makefile("rb")

    def ask(
        self, method: str, path: str, headers: dict[str, str], *, length: int = 0, body: bytes = b""
    ) -> dict[str, str]:
        """One request whose body is `body`, or `length` bytes; the headers of its answer, its content under "body"."""
        said = {"Host": "bench", "Content-Length": str(length or len(body)), **headers}
        lines = [f"{name}: {value}" for name, value in said.items()]
        self.socket.sendall("\r\n".join([f"{method} {path} HTTP/1.1", *lines, "", ""]).encode() + body)
        left = length
        while left:
            self.socket.sendall(BLOCK if left >= len(BLOCK) else BLOCK[:left])
            left -= min(left, len(BLOCK))
        return self.answer()

    def answer(self) -> dict[str, str]:
        """The answer; ends the process if it is no success."""
        status = self.file.readline().decode()
        found: dict[str, str] = {}
        while line := self.file.readline().strip():
            name, _, value = line.decode().partition(":")
            found[name.lower()] = value.strip()
        content = self.file.read(int(found.get("content-length", 0)))
        if found.get("transfer-encoding") == "chunked":
            while size := int(self.file.readline(), 16):
                content += self.file.read(size + 2)
            self.file.readline()
        found["body"] = content.decode()
        if status.split()[1][0] != "2":
            sys.exit(status + found["body"])
        return found


def uploaded(port: int, path: str, speaks: str, length: int, piece: int, key: dict[str, str], metadata: str) -> None:
    """One upload, or as many files as it has pieces."""
    talk = Talk(port)
    if speaks == "put":
        for start in range(0, length, piece):
            talk.ask("PUT", f"/{uuid4()}", {}, length=min(piece, length - start))
        return
    begun = talk.ask("POST", path, {**key, "Upload-Length": str(length), "Upload-Metadata": metadata})
    address = "/" + begun["location"].partition("://")[2].partition("/")[2]
    for start in range(0, length, piece):
        chunk = {"Content-Type": "application/offset+octet-stream", "Upload-Offset": str(start)}
        talk.ask("PATCH", address, key | chunk, length=min(piece, length - start))


def main(arguments: list[str]) -> None:
    """All uploads at once."""
    path, speaks, metadata = arguments[1], arguments[2], arguments[6]
    port, uploads, length, piece = int(arguments[0]), *map(int, arguments[3:6])
    key = {"Tus-Resumable": "1.0.0"}
    if path.startswith("/api/"):
        answer = Talk(port).ask("POST", f"{path}/tickets", {"Content-Type": "application/json"}, body=b"{}")
        key["Upload-Ticket"] = json.loads(answer["body"])["ticket"]
    with ThreadPoolExecutor(uploads) as threads:
        work = [threads.submit(uploaded, port, path, speaks, length, piece, key, metadata) for _ in range(uploads)]
        for one in work:
            one.result()


if __name__ == "__main__":
    main(sys.argv[1:])

"""A server that nobody should ever ask: it counts who does."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class Honeypot:
    """Its address, and the paths that were asked for."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.hits: list[str] = []


@contextmanager
def honeypot() -> Iterator[Honeypot]:
    hits: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            hits.append(self.path)
            self.send_error(404)

        def do_HEAD(self) -> None:
            self.do_GET()

        def log_message(self, *_: object) -> None:
            """Not on the test's output."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    pot = Honeypot(f"http://127.0.0.1:{server.server_port}")
    pot.hits = hits
    try:
        yield pot
    finally:
        server.shutdown()
        thread.join()
        server.server_close()

"""A real HTTP server on the loopback for the tests: it answers by script, and can fail in every way a server does."""

from __future__ import annotations

import gzip
import json
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit


@dataclass
class Answer:
    """One answer. `cut`: bytes that are really sent of the body; `length`: what Content-Length says instead of the truth."""

    body: Any = None
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    content_type: str | None = "application/json; charset=utf-8"
    cut: int | None = None
    length: int | str | None = None
    delay: float = 0.0
    chunked: bool = False
    gzipped: bool = False


Script = Callable[["Asked"], Answer]


@dataclass(frozen=True)
class Asked:
    """One request as the server saw it. `count`: how many came before it."""

    path: str
    parameters: dict[str, str]
    headers: dict[str, str]
    count: int


class JsonServer:
    """The running server: its address, its script, and what it was asked."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.url = f"http://127.0.0.1:{port}/v1/orders"
        self.script: Script = lambda asked: Answer([])
        self.asked: list[Asked] = []


@contextmanager
def running_server(tls: ssl.SSLContext | None = None) -> Iterator[JsonServer]:
    """A server until the end of the block."""
    http = _Http(("127.0.0.1", 0), _Handler)
    if tls is not None:
        http.socket = tls.wrap_socket(http.socket, server_side=True)
    http.daemon_threads = True
    server = JsonServer(http.server_address[1])
    http.json_server = server  # type: ignore[attr-defined]
    thread = threading.Thread(target=http.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        http.shutdown()
        http.server_close()
        thread.join()


class _Http(ThreadingHTTPServer):
    def handle_error(self, request: object, client_address: object) -> None:
        """Nothing: a client that goes away in the middle is what some tests are about."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        server: JsonServer = self.server.json_server  # type: ignore[attr-defined]
        parts = urlsplit(self.path)
        parameters = {name: values[0] for name, values in parse_qs(parts.query).items()}
        asked = Asked(parts.path, parameters, {k.lower(): v for k, v in self.headers.items()}, len(server.asked))
        server.asked.append(asked)
        answer = server.script(asked)
        time.sleep(answer.delay)
        body = answer.body if isinstance(answer.body, bytes) else json.dumps(answer.body, ensure_ascii=False).encode()
        if answer.gzipped:
            body = gzip.compress(body)
        self.send_response(answer.status)
        for name, value in answer.headers.items():
            self.send_header(name, value)
        if answer.content_type:
            self.send_header("Content-Type", answer.content_type)
        if answer.gzipped:
            self.send_header("Content-Encoding", "gzip")
        sent = body if answer.cut is None else body[: answer.cut]
        if answer.chunked:
            self.send_header("Transfer-Encoding", "chunked")
            self.end_headers()
            self.wfile.write(b"%x\r\n%s\r\n" % (len(sent), sent) + (b"0\r\n\r\n" if answer.cut is None else b""))
        else:
            if answer.length != "none":
                self.send_header("Content-Length", str(len(body) if answer.length is None else answer.length))
            self.end_headers()
            self.wfile.write(sent)
        if answer.cut is not None or answer.length is not None:
            self.wfile.flush()
            self.close_connection = True
            self.connection.shutdown(socket.SHUT_WR)

    def log_message(self, format: str, *args: object) -> None:
        """Nothing: the tests read `asked`."""

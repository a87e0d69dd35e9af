"""A line to a server on which every answer is late: what a network in trouble looks like."""

import socket
import threading
import time
from contextlib import contextmanager, suppress
from urllib.parse import urlsplit, urlunsplit


@contextmanager
def slow_line(url, seconds):
    """The URL of a listener that passes everything on to `url`, and each answer back so many seconds later."""
    parts = urlsplit(url)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        threading.Thread(target=_serve, args=(listener, (parts.hostname, parts.port), seconds), daemon=True).start()
        address = f"{parts.netloc.rpartition(':')[0]}:{listener.getsockname()[1]}"
        yield urlunsplit(parts._replace(netloc=address))


def _serve(listener, server, seconds):
    with suppress(OSError):
        while True:
            caller, _ = listener.accept()
            line = socket.create_connection(server)
            threading.Thread(target=_pass_on, args=(caller, line, 0), daemon=True).start()
            threading.Thread(target=_pass_on, args=(line, caller, seconds), daemon=True).start()


def _pass_on(source, target, seconds):
    with suppress(OSError), source, target:
        while data := source.recv(65536):
            time.sleep(seconds)
            target.sendall(data)

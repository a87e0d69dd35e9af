"""The common ground of all contenders: one Redis server, emptied before each, and their programs run against it."""

import contextlib
import json
import os
import signal
import subprocess
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from redis import Redis

from backend.adapters.embedded.valkey import serving
from benchmarks.peers.contenders import Contender, environment
from benchmarks.peers.install import Peers

PATIENCE_S = 300.0


class Broken(Exception):
    """A program did not do its work; the message has its last words."""


class Bout:
    """One contender on the emptied server."""

    def __init__(self, contender: Contender, peers: Peers, url: str, folder: Path) -> None:
        self.contender = contender
        self._peers = peers
        self._folder = folder
        self._env = {**os.environ, **environment(contender, peers, url, folder)}

    def answer(self, command: str, *numbers: int) -> Mapping[str, Any]:
        """Run the program to its end, and read what it answers. Raises Broken."""
        with self.running(command, *numbers) as program:
            return self.result(program)

    def spied(self, options: tuple[str, ...], command: str, *numbers: int) -> None:
        """Run the program to its end under py-spy. Raises Broken."""
        words = ["record", *options, "--", *self.contender.argv(self._peers), command, *map(str, numbers)]
        with self._started([str(self._peers.bin / "py-spy"), *words]) as program:
            program.communicate(timeout=PATIENCE_S)
        if program.returncode:
            raise Broken(f"py-spy failed:\n{self.last_words()}")

    @contextlib.contextmanager
    def running(self, command: str, *numbers: int) -> Iterator[subprocess.Popen[str]]:
        """Its program during a `with` block; it and all that it started are gone after it."""
        with self._started([*self.contender.argv(self._peers), command, *map(str, numbers)]) as program:
            yield program

    @contextlib.contextmanager
    def worker(self, concurrency: int) -> Iterator[subprocess.Popen[str]]:
        """Its worker as a person starts it, during a `with` block."""
        with self._started(self.contender.worker_argv(self._peers, concurrency)) as program:
            yield program

    def result(self, program: "subprocess.Popen[str]") -> Mapping[str, Any]:
        """What a running program answers at its end. Raises Broken."""
        try:
            text, _ = program.communicate(timeout=PATIENCE_S)
            return dict(json.loads(text.splitlines()[-1]))
        except (subprocess.TimeoutExpired, IndexError, ValueError) as error:
            raise Broken(f"{self.contender.name} gave no answer ({type(error).__name__}):\n{self.last_words()}") from error

    def last_words(self) -> str:
        """The end of what its processes wrote to their standard errors."""
        return (self._folder / "errors.txt").read_text("utf-8", "replace")[-2000:]

    @contextlib.contextmanager
    def _started(self, argv: list[str]) -> Iterator[subprocess.Popen[str]]:
        with (self._folder / "errors.txt").open("ab") as errors:
            program = subprocess.Popen(argv, env=self._env, stdout=subprocess.PIPE, stderr=errors, text=True, start_new_session=True)
        try:
            yield program
        finally:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(program.pid, signal.SIGKILL)
            program.communicate()


class Ground:
    """The server and the installed peers."""

    def __init__(self, url: str, peers: Peers) -> None:
        self._url = url
        self._peers = peers
        self.redis = Redis.from_url(url)

    @contextlib.contextmanager
    def bout(self, contender: Contender) -> Iterator[Bout]:
        """Empty the server and make an empty folder for one contender."""
        self.redis.flushall()
        with tempfile.TemporaryDirectory() as folder:
            yield Bout(contender, self._peers, self._url, Path(folder))


@contextlib.contextmanager
def ground(peers: Peers) -> Iterator[Ground]:
    """A server for the length of a `with` block."""
    with tempfile.TemporaryDirectory() as folder, serving(Path(folder)) as url:
        place = Ground(url, peers)
        try:
            yield place
        finally:
            place.redis.close()

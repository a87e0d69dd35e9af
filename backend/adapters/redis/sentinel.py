"""Reaches the Redis that Sentinels name as the present master: `redis+sentinel://:password@host:port,host:port/master-name/db`."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs, quote, unquote, urlsplit

from redis import Redis
from redis.sentinel import Sentinel, SentinelConnectionPool

from backend.errors import Misconfigured

SCHEME = "redis+sentinel://"
PORT = 26379
_SHAPE = f"write it as {SCHEME}:password@host:port,host:port/master-name/db"


@dataclass(frozen=True)
class SentinelAddress:
    """Where the Sentinels are, which master they are asked for, and how to sign in: at the master, and at them."""

    sentinels: Sequence[tuple[str, int]]
    master: str
    db: int = 0
    username: str = ""
    password: str = ""
    sentinel_password: str = ""

    @classmethod
    def parse(cls, url: str) -> "SentinelAddress":
        """Read the address; `?sentinel_password=` is for Sentinels that ask for one. Raises Misconfigured, without the secrets."""
        parts = urlsplit(url)
        account, _, hosts = parts.netloc.rpartition("@")
        username, _, password = account.partition(":")
        master, _, db = parts.path.strip("/").partition("/")
        if not (hosts and master) or (db and not db.isdigit()):
            raise Misconfigured(f"REDIS_URL: {_SHAPE}")
        return cls(
            sentinels=tuple(map(_host_and_port, hosts.split(","))),
            master=unquote(master),
            db=int(db or 0),
            username=unquote(username),
            password=unquote(password),
            sentinel_password=parse_qs(parts.query).get("sentinel_password", [""])[0],
        )

    def sentinel_urls(self) -> list[str]:
        """The addresses of the Sentinels themselves, each a Redis of its own kind."""
        account = f":{quote(self.sentinel_password, safe='')}@" if self.sentinel_password else ""
        return [f"redis://{account}{host}:{port}" for host, port in self.sentinels]


def open_master(url: str, open_one: Callable[[str], Redis], **options: Any) -> Redis:
    """A client whose every new connection goes to the master of that moment; `open_one` opens the client of a Sentinel."""
    address = SentinelAddress.parse(url)
    sentinel = Sentinel([])  # type: ignore[no-untyped-call]
    sentinel.sentinels = [open_one(each) for each in address.sentinel_urls()]
    account = {"username": address.username or None, "password": address.password or None}
    pool = SentinelConnectionPool(address.master, sentinel, db=address.db, **account, **options)  # type: ignore[no-untyped-call]
    return Redis.from_pool(pool)


def _host_and_port(text: str) -> tuple[str, int]:
    try:
        parts = urlsplit(f"//{text.strip()}")
        host, port = parts.hostname, parts.port or PORT
    except ValueError:
        host, port = None, 0
    if not host:
        raise Misconfigured(f"REDIS_URL: {text!r} is no address of a Sentinel: {_SHAPE}")
    return host, port

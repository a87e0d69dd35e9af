"""What Redis refuses is said aloud once; what it does not answer is an outage like any other."""

import re
import secrets

import pytest
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import OutOfMemoryError, ResponseError
from structlog.testing import capture_logs

from backend.adapters.redis.connection import reaching_redis
from backend.queues.errors import BrokerUnavailable


def said_of(error, times=2):
    with capture_logs() as said:
        for _ in range(times):
            with pytest.raises(BrokerUnavailable, match=f"Redis: .*{re.escape(str(error)[-8:])}"), reaching_redis():
                raise error
    return [(line["log_level"], line["detail"]) for line in said]


def test_a_connection_that_is_closed_under_a_waiting_thread_is_an_outage():
    assert said_of(OSError(9, "Bad file descriptor")) == []
    assert said_of(ValueError("I/O operation on closed file.")) == []
    with pytest.raises(ValueError, match="ours"), reaching_redis():
        raise ValueError("ours")


def test_a_broken_script_is_an_error_and_said_once():
    text = f"ERR user_script:3: Script attempted to access nonexistent global variable {secrets.token_hex(8)!r}"
    assert said_of(ResponseError(text)) == [("error", text)]
    assert said_of(ResponseError(f"{text} again")) == [("error", f"{text} again")]


@pytest.mark.parametrize(
    "error",
    [
        RedisConnectionError("Connection refused"),
        OutOfMemoryError("command not allowed when used memory > 'maxmemory'."),
        ResponseError("MISCONF Valkey is configured to save RDB snapshots, but it's currently unable to persist to disk."),
        ResponseError("BUSY Valkey is busy running a script."),
        ResponseError("UNBLOCKED force unblock from blocking operation, instance state changed (master -> replica?)"),
    ],
    ids=lambda error: str(error)[:10],
)
def test_a_server_in_trouble_is_an_outage_and_the_circuit_tells_of_it(error):
    assert said_of(error) == []

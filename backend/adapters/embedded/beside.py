"""Beside a running `gacp dev` every other command works on its servers, with nothing to set."""

from collections.abc import Mapping
from typing import Any

from backend.adapters.embedded.lock import told_in
from backend.settings import Settings

ON_UNLESS_SET = ("enable_queue", "enable_scheduler", "demo_data")


def note(settings: Settings, embedded_redis_url: str) -> Mapping[str, Any]:
    """What another terminal has to know of this `gacp dev`, by the names of the settings."""
    told: dict[str, Any] = {name: getattr(settings, name) or name not in settings.model_fields_set for name in ON_UNLESS_SET}
    return told | {"port": settings.port} | ({"redis_url": embedded_redis_url} if embedded_redis_url else {})


def beside_dev(settings: Settings) -> Settings:
    """The settings, and where a `gacp dev` runs on their folder, what its processes were told; what is set goes before that."""
    told = told_in(settings.data_dir)
    wanted = {name: told[name] for name in (*ON_UNLESS_SET, "port", "redis_url") if name in told}
    if settings.effective_redis_url:
        wanted.pop("redis_url", None)
    return settings.model_copy(update={name: value for name, value in wanted.items() if name not in settings.model_fields_set})


def as_variables(settings: Settings) -> dict[str, str]:
    """What a process has to be told so that it works with the same: for one that joins a running `gacp dev`."""
    told = {name.upper(): str(getattr(settings, name)).lower() for name in ON_UNLESS_SET}
    return told | ({"REDIS_URL": settings.effective_redis_url} if settings.effective_redis_url else {})

"""What a job type says of itself so that insight can tell of it: which app it generates something for, and about what things."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

GACP, POSE_GENERATOR = "gacp", "pose-generator"
APPS = (GACP, POSE_GENERATOR)
"""The apps that insight tells of."""


@dataclass(frozen=True)
class Generation:
    """A job of this type is one generation of `app`; `things` are the ids of what a completed one was about, out of its result: herbs or
    poses, each named once."""

    app: str
    things: Callable[[Mapping[str, Any]], Sequence[str]]

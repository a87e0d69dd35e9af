"""A job type is gone through without being run: what does not hold is said, and nothing is touched."""

from enum import StrEnum
from types import SimpleNamespace
from typing import Literal

import pytest
from pydantic import BaseModel, ConfigDict, Field, model_validator

from backend import jobs
from backend.errors import NotFound, PermanentFailure, Unavailable
from backend.jobs.probe import Probe, probe_email
from backend.queues.jobs import JobContext, JobType, job
from backend.queues.registry import Registry, discover
from backend.queues.rehearsal import NOBODY, rehearse, sample_of


class Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Colour(StrEnum):
    RED = "red"


class Part(Frozen):
    weight: int = Field(ge=3)


class Everything(Frozen):
    text: str
    long_text: str = Field(min_length=20)
    short_text: str = Field(max_length=3)
    number: float
    above: int = Field(gt=9)
    flag: bool
    colour: Colour
    choice: Literal["a", "b"]
    either: str | None
    parts: list[Part] = Field(min_length=1)
    part: Part
    nothing: None
    code: str = Field(pattern=r"^\d{3}$", examples=["123"])
    optional: int = 0


class Coded(Frozen):
    code: str = Field(pattern=r"^\d{3}$")


class Forgetful(Frozen):
    text: str

    @model_validator(mode="before")
    @classmethod
    def _forget(cls, values):
        return {"text": values["text"] + "!"} if isinstance(values, dict) and "noSuchField" not in values else values


class Lax(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")

    text: str


def handler(payload, services, context):
    raise AssertionError("a rehearsal runs no handler")


def takes_one(payload):
    raise AssertionError


def takes_two(payload, services):
    raise AssertionError


def planned(payload, services):
    return {"k": "letter"}


def kind(payload=Everything, run=handler, **more):
    return JobType("thing", "email", payload, run, {}, **more)


def test_a_payload_is_made_up_for_every_kind_of_field():
    sample = sample_of(Everything)

    read = Everything.model_validate(sample)
    assert (read.text, read.code, read.colour, read.choice, read.above) == (NOBODY, "123", Colour.RED, "a", 10)
    assert "optional" not in sample


@pytest.mark.parametrize("job_type", list(discover(jobs)), ids=lambda each: each.name)
def test_every_job_type_of_the_product_can_be_rehearsed(job_type):
    class Away:
        def __getattr__(self, name):
            raise NotFound("there is nothing here")

    seen = rehearse(job_type, Away())

    assert (seen["jobType"], seen["queue"]) == (job_type.name, job_type.queue)
    assert seen["fields"] == sorted(job_type.payload.model_fields)


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        (kind(Coded), r"no value can be made up for the field 'code'.*examples"),
        (kind(Forgetful), "another one after it was written as JSON"),
        (kind(Lax), "takes a payload with a field that there is not"),
        (kind(run=takes_two), r"the handler does not take \(payload, services, context\)"),
        (kind(on_dead=takes_one), "on_dead does not take"),
    ],
    ids=["payload", "unequal", "lax", "handler", "on_dead"],
)
def test_what_does_not_hold_is_said(wrong, told):
    with pytest.raises(PermanentFailure, match=told):
        rehearse(wrong, None)


def refused(payload, services):
    raise NotFound("no such application")


@pytest.mark.parametrize(
    ("effects", "told"),
    [(None, "none declared"), (planned, "1 planned"), (refused, "asked for: NotFound")],
    ids=["none", "planned", "about nothing"],
)
def test_the_plan_of_the_effects_is_asked_for_and_not_carried_out(effects, told):
    assert rehearse(kind(effects=effects), None)["effects"] == told


def test_a_server_that_is_away_is_no_fault_of_the_job_type():
    def away(payload, services):
        raise Unavailable("the store is away")

    with pytest.raises(Unavailable):
        rehearse(kind(effects=away), None)


def test_a_probe_rehearses_where_it_runs():
    @job(queue="email", payload=Everything)
    def send(payload, services, context):
        raise AssertionError

    services = SimpleNamespace(queue_platform=SimpleNamespace(registry=Registry(send)))

    seen = probe_email(Probe(act="rehearse", job_type="send"), services, JobContext("j", 1, 1, "email"))

    assert (seen["jobType"], seen["effects"], seen["attempt"]) == ("send", "none declared", 1)

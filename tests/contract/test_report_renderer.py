"""What every ReportRenderer promises: typst and its double alike."""

import pytest

from backend.adapters.memory.renderer import MemoryRenderer
from backend.adapters.pdf.renderer import TypstRenderer
from backend.certification.ports import ReportRenderer
from backend.errors import PermanentFailure
from tests.support.summaries import summary


@pytest.fixture(params=[TypstRenderer, MemoryRenderer], scope="module")
def renderer(request: pytest.FixtureRequest) -> ReportRenderer:
    return request.param()


def test_a_report_is_a_pdf(renderer):
    made = renderer.render("application-summary", summary())
    assert made.startswith(b"%PDF-")
    assert made.rstrip().endswith(b"%%EOF")


def test_the_same_data_make_the_same_bytes(renderer):
    assert renderer.render("application-summary", summary()) == renderer.render("application-summary", summary())


def test_other_data_make_another_report(renderer):
    assert renderer.render("application-summary", summary()) != renderer.render("application-summary", {**summary(), "number": "X"})


@pytest.mark.parametrize("template", ["no-such-template", "", "../application-summary", "parts/../application-summary", "main.typ"])
def test_a_template_that_does_not_exist_is_a_permanent_failure(renderer, template):
    with pytest.raises(PermanentFailure, match="template"):
        renderer.render(template, summary())


@pytest.mark.parametrize("wrong", [object(), float("nan"), {1, 2}])
def test_data_that_are_not_json_are_a_permanent_failure(renderer, wrong):
    with pytest.raises(PermanentFailure, match="JSON"):
        renderer.render("application-summary", {**summary(), "number": wrong})


def test_data_without_their_time_are_a_permanent_failure(renderer):
    data = {name: value for name, value in summary().items() if name != "created"}
    with pytest.raises(PermanentFailure, match="created"):
        renderer.render("application-summary", data)

"""How a search is read: terms with their places, and for what cannot be read the place and the cure."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.errors import InvalidInput
from backend.queues.search_language import EXAMPLES, KEYS, LONGEST, MOST_TERMS, Term, read_terms, write_terms

values = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=12)
terms = st.builds(Term, st.sampled_from(KEYS), st.lists(values, min_size=1, max_size=3).map(tuple), st.booleans(), st.just(1)) | st.builds(
    Term, st.just(""), values.map(lambda value: (value,)), st.booleans(), st.just(1)
)

QUERIES = {
    "": (),
    "   ": (),
    "timeout": (Term("", ("timeout",)),),
    "queue:aiQc state:failed,delayed": (Term("queue", ("aiQc",)), Term("state", ("failed", "delayed"), at=12)),
    "-state:completed": (Term("state", ("completed",), without=True),),
    '-"timed out"': (Term("", ("timed out",), without=True),),
    '  error:"timed out",quota  ': (Term("error", ("timed out", "quota"), at=3),),
    r'"say \"no\" to C:\\"': (Term("", ('say "no" to C:\\',)),),
    "Queue:aiQc APP:7": (Term("queue", ("aiQc",)), Term("application", ("7",), at=12)),
    "หมดเวลา": (Term("", ("หมดเวลา",)),),
    "app:GACP-2569-000123 a-b": (Term("application", ("GACP-2569-000123",)), Term("", ("a-b",), at=22)),
    "duration:>30s": (Term("duration", (">30s",)),),
    "created:2026-11-02T13:00..2026-11-03": (Term("created", ("2026-11-02T13:00..2026-11-03",)),),
    '"12:30"': (Term("", ("12:30",)),),
}

REFUSED = {
    "quue:aiQc": (1, "did you mean `queue:`"),
    "state:failed colour:red": (14, "the keys are queue, state"),
    "http://example.org": (1, 'quote it: "http://example.org"'),
    "queue:": (7, "`queue:` needs a value right behind it, as in `queue:aiQc`"),
    "queue: aiQc": (7, "needs a value"),
    "queue:aiQc,": (12, "needs a value"),
    "queue:,aiQc": (7, "needs a value"),
    'error:"timed out': (7, "this quote is not closed"),
    'error:""': (7, "nothing between these quotes"),
    '"a"b': (4, "several words"),
    "a,b": (2, "need a key"),
    'queue:a"b"': (8, "put a space between two terms"),
    ",": (1, "a comma stands alone"),
    "- state:failed": (1, "`-` stands alone"),
    "-": (1, "`-` stands alone"),
}


@pytest.mark.parametrize("query", QUERIES)
def test_a_query_is_read_as_terms(query):
    read = read_terms(query)

    assert read == tuple(term._replace(at=seen.at if term.at == 1 else term.at) for term, seen in zip(QUERIES[query], read, strict=True))


@given(st.lists(terms, max_size=5).map(tuple))
def test_what_is_written_is_read_again(given_terms):
    query = write_terms(given_terms)

    if len(query) <= LONGEST:
        assert tuple(term._replace(at=1) for term in read_terms(query)) == given_terms


@given(st.text(max_size=60) | st.lists(st.sampled_from([*KEYS, ":", '"', "\\", "-", ",", " ", "a", "ก"]), max_size=20).map("".join))
def test_whatever_is_typed_is_read_or_refused_at_a_place_within_it(query):
    try:
        read = read_terms(query)
    except InvalidInput as error:
        place = int(error.errors[0].message.split()[1].rstrip(":"))
        assert 1 <= place <= len(query) + 1
    else:
        assert all(query[term.at - 1 :].startswith("-") == term.without for term in read)


@pytest.mark.parametrize("query", REFUSED)
def test_what_cannot_be_read_is_refused_with_its_place_and_the_cure(query):
    place, cure = REFUSED[query]

    with pytest.raises(InvalidInput) as refusal:
        read_terms(query)

    [error] = refusal.value.errors
    assert error.field == "q"
    assert error.message.startswith(f"character {place}: ")
    assert cure in error.message


@pytest.mark.parametrize("query", ["a" * (LONGEST + 1), "a " * (MOST_TERMS + 1)])
def test_too_much_is_refused(query):
    with pytest.raises(InvalidInput, match="at most"):
        read_terms(query)


def test_every_key_has_an_example_that_can_be_read():
    assert set(EXAMPLES) == set(KEYS)
    for key, example in EXAMPLES.items():
        for query in example.replace("`", "").split(" or "):
            [term] = read_terms(query)
            assert term.key == key

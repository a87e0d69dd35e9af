"""What is bound travels with the work and is gone after it."""

import threading

import pytest

from backend import context


def test_fields_are_bound_inside_and_gone_outside():
    with context.bind(requestId="req_outer", userId="u1"):
        with context.bind(requestId="req_inner"):
            assert context.bound() == {"requestId": "req_inner", "userId": "u1"}
        assert context.request_id() == "req_outer"
    assert context.bound() == {}
    assert context.request_id() == ""


def test_fields_are_gone_also_when_the_work_fails():
    with pytest.raises(RuntimeError), context.bind(jobId="j1"):
        raise RuntimeError
    assert context.bound() == {}


def test_another_thread_does_not_see_them():
    seen = []
    with context.bind(requestId="req_here"):
        thread = threading.Thread(target=lambda: seen.append(context.request_id()))
        thread.start()
        thread.join()
    assert seen == [""]


@pytest.mark.parametrize("offered", ["abcdefgh", "req_0123456789", "A.b-c_d.9", "x" * 64])
def test_a_sane_request_id_is_kept(offered):
    assert context.sane_request_id(offered) == offered


@pytest.mark.parametrize("offered", [None, "", "short", "x" * 65, "with space", "line\nbreak", "ไทยไทยไทย", "<script>1"])
def test_any_other_is_replaced_by_a_new_one(offered):
    given = context.sane_request_id(offered)
    assert given != offered
    assert given.startswith("req_")
    assert context.sane_request_id(given) == given


def test_new_request_ids_differ():
    assert len({context.new_request_id() for _ in range(1000)}) == 1000

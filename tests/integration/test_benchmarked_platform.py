"""What the benchmarks measure is put together as the product is: a part that is missing shows here, and not when somebody measures."""

import pytest

from benchmarks.submit_core import do_nothing, platform_at

pytestmark = pytest.mark.servers


def test_a_job_is_submitted_to_the_platform_that_is_measured(redis_url, tmp_path):
    platform = platform_at(redis_url, tmp_path)
    assert platform.service.submit(do_nothing, {}).queued
    assert platform.control.stats()[do_nothing.queue]["waiting"] == 1

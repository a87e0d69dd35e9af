"""rq-dashboard in a real browser: its own scripts over our templates, under our policy, on a phone and at a desk."""

import pytest
from axe_playwright_python.sync_playwright import Axe

from backend.accounts.roles import Role
from backend.adapters.rq.names import worker_keys
from backend.adapters.rq.worker.presence import Presence
from tests.support.browser import DESK, PHONE, chromium, open_page, serving, sign_in
from tests.support.needs import need_chromium
from tests.support.queue_runs import until
from tests.support.rq_site import RqSite
from tests.support.site import PASSWORD

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.servers]
ADMIN = "admin@example.com"
PATHS = (
    "/admin/rq/",
    "/admin/rq/0/view/jobs/report/queued/2/asc/1",
    "/admin/rq/0/view/jobs/email/failed/8/dsc/1",
    "/admin/rq/0/view/jobs/report/started/8/asc/1",
    "/admin/rq/0/view/job/evil",
    "/admin/rq/0/view/workers",
)
EVIL = "<img src=x onerror=\"document.title='owned'\">"


@pytest.fixture(scope="module")
def browser():
    with chromium(need_chromium()) as browser:
        yield browser


@pytest.fixture
def site(tmp_path, redis_url):
    site = RqSite(tmp_path, redis_url)
    site.services.accounts.add_user(ADMIN, Role.ADMIN, PASSWORD)
    site.take("runs")
    for number in range(1, 6):
        site.wait_in_line(f"job-{number}", priority=number)
    site.schedule("later")
    site.fail("fails")
    site.wait_in_line("evil", priority=9)
    redis = site.broker.redis
    redis.hset("rq:job:evil", "description", EVIL)
    Presence("w-1", ["report", "email"], redis).beat()
    redis.sadd(worker_keys("w-1")[1], "other:run-2")
    yield site
    site.close()


@pytest.fixture
def address(site):
    with serving(site.app) as address:
        yield address


def loaded(page):
    """Until the first answer is in the table or the list."""
    assert until(lambda: page.locator("[data-role=loading-placeholder]").count() == 0 and page.locator("#job-data > p").count() == 0)


@pytest.mark.parametrize(("size", "language"), [(PHONE, "th"), (DESK, "en")], ids=["phone-thai", "desk-english"])
def test_every_page_loads_is_accessible_fits_its_screen_and_breaks_no_policy(browser, address, size, language):
    page = open_page(browser, address, size=size, language=language)
    sign_in(page, ADMIN, PASSWORD)
    for path in PATHS:
        page.goto(path)
        loaded(page)
        found = Axe().run(page).response["violations"]
        assert [(item["id"], [node["target"] for node in item["nodes"]]) for item in found] == [], path
        assert page.evaluate("() => document.documentElement.scrollWidth") <= size["width"], f"{path} scrolls sideways"
        assert page.title() != "owned"
        assert page.locator("main img").count() == 0
    assert page.complaints == []
    page.context.close()


def at_the_desk(browser, address):
    page = open_page(browser, address, size=DESK, language="en")
    sign_in(page, ADMIN, PASSWORD)
    return page


def test_the_numbers_lead_to_the_jobs_in_the_order_of_their_priority(browser, address):
    page = at_the_desk(browser, address)
    page.goto("/admin/rq/")
    loaded(page)
    report = page.locator("#queues tbody tr", has_text="report")
    assert report.locator("td").all_inner_texts() == ["6", "1", "1", "0", "0", "0", "0"]
    report.locator("td a").first.click()
    loaded(page)
    assert [text.split("\n")[-1] for text in page.locator("#jobs tbody th").all_inner_texts()] == [
        *(f"job-{n}" for n in range(1, 6)),
        "evil",
    ]
    page.select_option("#select-sort-order", "dsc")
    page.wait_for_url("**/dsc/1")
    loaded(page)
    assert page.locator("#jobs tbody th").first.inner_text().endswith("evil")
    page.goto("/admin/rq/0/view/jobs/report/queued/2/asc/1")
    loaded(page)
    page.click("#page-selection a[rel=next]")
    page.wait_for_url("**/2/asc/2")
    loaded(page)
    assert page.locator("#jobs tbody th").first.inner_text().endswith("job-3")


def test_a_job_is_removed_after_a_question_and_by_the_ledger(browser, address, site):
    page = at_the_desk(browser, address)
    page.goto("/admin/rq/0/view/jobs/report/queued/8/asc/1")
    loaded(page)
    row = page.locator("tr[data-job-id=job-2]")
    row.locator("[data-role=delete-job-btn]").click()
    assert "cannot be undone" in page.inner_text("#confirmation-modal-action")
    page.click("#confirmation-modal-no")
    assert site.state("job-2") == "waiting"
    row.locator("[data-role=delete-job-btn]").click()
    page.click("#confirmation-modal-yes")
    page.wait_for_selector("#rq-message.good")
    assert site.services.job_control.remove("job-2") is False
    assert page.complaints == []


def test_everything_that_waits_is_removed_and_the_question_says_how_many(browser, address, site):
    page = at_the_desk(browser, address)
    page.goto("/admin/rq/0/view/jobs/report/queued/8/asc/1")
    loaded(page)
    page.click("#empty-btn")
    assert "removes 6 jobs of the queue Report" in page.inner_text("#confirmation-modal-action")
    page.click("#confirmation-modal-yes")
    page.wait_for_selector("#rq-message.good")
    assert page.inner_text("#rq-message") == "Removed: 6"
    assert site.services.window.counts()["report"]["queued"] == 0


def test_a_failed_job_goes_back_into_line_and_what_is_refused_is_said(browser, address, site):
    page = at_the_desk(browser, address)
    page.goto("/admin/rq/0/view/jobs/email/failed/8/asc/1")
    loaded(page)
    button = page.locator("[data-role=requeue-job-btn]")
    button.click()
    page.wait_for_selector("#rq-message.good")
    assert site.state("fails") == "waiting"
    page.goto("/admin/rq/0/view/job/fails")
    loaded(page)
    page.evaluate("void $.post(url_for('requeue_job', 'fails'))")
    page.wait_for_selector("#rq-message.wrong")
    assert "fails" in page.inner_text("#rq-message")


def test_workers_show_all_that_they_run(browser, address):
    page = at_the_desk(browser, address)
    page.goto("/admin/rq/0/view/workers")
    loaded(page)
    assert page.locator("#workers tbody th").inner_text().startswith("w-1")
    assert page.locator("#workers tbody td a").all_inner_texts() == ["other", "runs"]
    page.click("#workers tbody td a >> nth=1")
    page.wait_for_url("**/view/job/runs")
    loaded(page)
    assert "started" in page.inner_text("#job-data")

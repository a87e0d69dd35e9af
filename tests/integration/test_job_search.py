"""Searches over HTTP and in the console: the whole application, with jobs as a department leaves them behind."""

import json
import sqlite3

import pytest
from click.testing import CliRunner

from backend.accounts.roles import Role
from backend.cli.main import cli
from backend.scheduler import duties
from tests.support.site import Site, sample


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    """Two applications were handed in: their letters went out, and their quality checks ran in the caller."""
    site = Site(tmp_path_factory.mktemp("searched"))
    first = site.submitted(site.sign_in(name="malee"))
    body = sample()
    body["applicant"] = body["applicant"] | {"nameTh": "สมหญิง ใจดี"}
    second = site.submitted(site.sign_in(name="somying"), body)
    site.applications = (first, second)
    yield site
    site.close()


@pytest.fixture(scope="module")
def officer(site):
    return site.sign_in(Role.REVIEWER)


def search(client, q="", **query):
    return client.get("/api/v1/jobs/search", query_string={"q": q, **query})


def subjects(response):
    assert response.status_code == 200, response.get_json()
    return {job["subject"] for job in response.get_json()["items"]}


def number_of(site, application_id):
    return site.sign_in(Role.REVIEWER).get(f"/api/v1/applications/{application_id}").get_json()["application"]["applicationNumber"]


def test_every_job_is_found_with_how_many_there_are_and_how_long_it_took(site, officer):
    body = search(officer).get_json()

    assert body["success"] is True
    assert len(body["items"]) == body["atLeast"] == body["atMost"] > 3
    assert (body["next"], body["indexedPercent"]) == (None, 100)
    assert body["tookMs"] > 0
    assert {"id", "queueName", "state", "subject", "durationMs"} <= body["items"][0].keys()


def test_jobs_are_found_by_the_number_of_their_application(site, officer):
    first, _ = site.applications

    assert subjects(search(officer, f"application:{number_of(site, first)}")) == {first}
    assert subjects(search(officer, number_of(site, first))) == {first}


@pytest.mark.parametrize("query", ["farmer:สมหญิง", "farmer:somying.farmer@example.com", "สมหญิง", "farmer:SOMYING"])
def test_jobs_are_found_by_the_farmer(site, officer, query):
    _, second = site.applications

    assert subjects(search(officer, query)) == {second}


def test_conditions_are_joined(site, officer):
    first, _ = site.applications

    found = search(officer, f"queue:email application:{first} -state:failed since:1h").get_json()["items"]

    assert found
    assert {(job["queueName"], job["subject"]) for job in found} == {("email", first)}
    assert search(officer, f"queue:email application:{first} state:failed").get_json()["items"] == []


def test_pages_follow_one_another(officer):
    whole = [job["id"] for job in search(officer, order="oldest").get_json()["items"]]
    seen, cursor = [], {}
    while True:
        body = search(officer, order="oldest", limit=2, **cursor).get_json()
        seen += [job["id"] for job in body["items"]]
        if body["next"] is None:
            break
        cursor = {"cursor": body["next"]}

    assert seen == whole


def test_a_bad_term_is_named_with_its_place_and_the_cure(officer):
    response = search(officer, "queue:email colour:red")

    body = response.get_json()
    assert response.status_code == 422
    assert body["errors"][0]["field"] == "q"
    assert body["errors"][0]["message"].startswith("character 13: there is no key `colour`")


def test_a_cursor_of_another_order_is_refused(officer):
    cursor = search(officer, limit=1).get_json()["next"]

    response = search(officer, order="longest", cursor=cursor)

    assert response.status_code == 422
    assert response.get_json()["errors"][0]["field"] == "cursor"


@pytest.mark.parametrize("query", [{"limit": 0}, {"order": "best"}, {"colour": "red"}])
def test_what_is_no_query_is_refused(officer, query):
    assert search(officer, **query).status_code == 422


def test_only_staff_may_search(site):
    assert search(site.stranger()).status_code == 401
    assert search(site.sign_in(name="malee")).status_code == 403


def test_the_scheduler_keeps_the_index_up_to_date(site):
    [duty] = [duty for duty in duties(site.settings, site.services) if duty.name == "index for searches"]
    site.services.queues.submit("clean_jobs", {"days": 7})

    while duty.run():
        pass

    assert site.services.search_upkeep.go_on(0) == 0


def test_what_is_in_a_payload_is_neither_found_nor_indexed(site, officer):
    site.services.queues.submit("clean_jobs", {"days": 4711}, job_id="with-a-payload")
    while site.services.search_upkeep.go_on(1):
        pass

    assert search(officer, "4711").get_json()["items"] == []
    with sqlite3.connect(site.settings.data_dir / "documents.db") as connection:
        names = {name for (name,) in connection.execute('SELECT DISTINCT name FROM "jobs#terms"')}
    assert not [name for name in names if "payload" in name or "result" in name]


@pytest.fixture
def console(site):
    class Program:
        def services(self):
            return site.services

    def run(*arguments):
        return CliRunner().invoke(cli, ["jobs", *arguments], obj=Program())

    return run


def test_the_console_searches_page_after_page(console):
    every = json.loads(console("search", "", "--json").stdout)

    some = json.loads(console("search", "", "--limit", "2", "--json").stdout)
    rest = json.loads(console("search", "", "--cursor", some["next"], "--json").stdout)

    assert [job["id"] for job in some["items"] + rest["items"]] == [job["id"] for job in every["items"]]
    assert rest["next"] is None


def test_the_console_says_how_many_there_are_and_how_to_go_on(console):
    result = console("search", "queue:email", "--limit", "1")

    assert result.exit_code == 0
    assert result.stdout.splitlines()[-1].startswith("1 shown, ")
    assert "go on with --cursor " in result.stdout
    assert console("search", "error:nothing-like-it").stdout == "0 shown, 0 found\n"


def test_the_list_takes_a_search_too(console):
    assert console("list", "--query", "queue:email").stdout == console("search", "queue:email").stdout
    assert console("list", "--query", "queue:email", "--state", "failed").exit_code == 2


def test_the_console_names_a_bad_term_and_its_cure(console):
    result = console("search", "colour:red")

    assert result.exit_code == 2
    assert "At character 1 of the search: there is no key `colour`" in result.stderr


def test_the_index_is_brought_up_to_date_by_hand(console):
    console("index")

    assert json.loads(console("index", "--json").stdout) == {"indexed": 0}

"""Register, sign in, sign out, me: over HTTP, by token and by cookie."""

import pytest

from backend.accounts.roles import Role
from tests.support.site import PASSWORD, Site


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    site = Site(tmp_path_factory.mktemp("auth"))
    yield site
    site.close()


def register(client, email, password=PASSWORD, **more):
    return client.post("/api/v1/auth/register", json={"email": email, "password": password, "name": "สมชาย ใจดี", **more})


def login(client, email, password=PASSWORD):
    return client.post("/api/v1/auth/login", json={"email": email, "password": password})


def test_registering_makes_a_farmer_whatever_role_was_asked_for(site):
    response = register(site.stranger(), "new@example.com", role="ADMIN")

    assert response.status_code == 201
    body = response.get_json()
    assert body["success"] is True
    assert body["user"] | {"id": ""} == {"id": "", "email": "new@example.com", "name": "สมชาย ใจดี", "role": "FARMER"}


def test_an_address_can_be_registered_once(site):
    register(site.stranger(), "once@example.com")

    response = register(site.stranger(), "ONCE@example.com")

    assert response.status_code == 409
    assert response.content_type == "application/problem+json"


def test_bad_registrations_name_the_field(site):
    response = register(site.stranger(), "nonsense", "short")
    assert response.status_code == 422
    assert [error["field"] for error in response.get_json()["errors"]] == ["email"]

    assert [error["field"] for error in register(site.stranger(), "a@example.com", "short").get_json()["errors"]] == ["password"]


def test_signing_in_answers_a_token_that_works_as_bearer(site):
    register(site.stranger(), "bearer@example.com")

    body = login(site.stranger(), "bearer@example.com").get_json()

    me = site.stranger().get("/api/v1/auth/me", headers={"Authorization": f"Bearer {body['token']}"})
    assert body["success"] is True
    assert me.get_json()["user"] == body["user"]
    assert set(body["user"]) == {"id", "email", "name", "role"}


def test_signing_in_sets_a_cookie_that_scripts_cannot_read(site):
    register(site.stranger(), "cookie@example.com")
    client = site.stranger()

    cookie = login(client, "cookie@example.com").headers["Set-Cookie"]

    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie
    assert "Secure" not in cookie
    assert client.get("/api/v1/auth/me").get_json()["user"]["email"] == "cookie@example.com"


def test_production_sends_its_cookie_only_over_tls(tmp_path):
    site = Site(tmp_path, GACP_ENV="production")
    register(site.stranger(), "cookie@example.com")

    response = login(site.stranger(), "cookie@example.com")

    assert "Secure" in response.headers["Set-Cookie"]
    assert "Strict-Transport-Security" in response.headers
    site.close()


def test_signing_out_ends_the_session_on_the_server(site):
    register(site.stranger(), "out@example.com")
    client = site.stranger()
    body = login(client, "out@example.com").get_json()
    stolen = client.get_cookie("gacp_session").value

    assert client.post("/api/v1/auth/logout", headers={"X-CSRFToken": body["csrfToken"]}).status_code == 200

    thief = site.stranger()
    thief.set_cookie("gacp_session", stolen)
    assert thief.get("/api/v1/auth/me").status_code == 401
    assert site.stranger().get("/api/v1/auth/me", headers={"Authorization": f"Bearer {body['token']}"}).status_code == 401


def test_signing_out_twice_is_no_error(site):
    assert site.stranger().post("/api/v1/auth/logout").get_json() == {"success": True}


def test_the_wrong_password_and_an_unknown_address_look_alike(site):
    register(site.stranger(), "known@example.com")

    wrong = login(site.stranger(), "known@example.com", "not the password")
    unknown = login(site.stranger(), "unknown@example.com", "not the password")

    assert wrong.status_code == unknown.status_code == 401
    assert wrong.get_json()["detail"] == unknown.get_json()["detail"]


def test_guessing_is_slowed_down(site):
    register(site.stranger(), "guessed@example.com")
    statuses = [login(site.stranger(), "guessed@example.com", f"guess number {number}").status_code for number in range(11)]

    response = login(site.stranger(), "guessed@example.com")

    assert statuses == [401] * 10 + [429]
    assert response.status_code == 429
    assert int(response.headers["Retry-After"]) > 0


def test_registering_by_the_dozen_is_slowed_down_for_one_place_only(tmp_path):
    site = Site(tmp_path, TRUSTED_PROXIES=1)
    script, other = site.stranger(), site.stranger()
    script.environ_base["HTTP_X_FORWARDED_FOR"] = "10.0.0.1"
    other.environ_base["HTTP_X_FORWARDED_FOR"] = "10.0.0.2"
    statuses = [register(script, "nonsense").status_code for _ in range(30)]

    response = register(script, "dozen@example.com")

    assert statuses == [422] * 30
    assert response.status_code == 429
    assert response.content_type == "application/problem+json"
    assert 0 < int(response.headers["Retry-After"]) <= 15 * 60
    assert register(other, "dozen@example.com").status_code == 201
    site.close()


def test_a_cookie_changes_something_only_with_the_csrf_token(site):
    register(site.stranger(), "csrf@example.com")
    client = site.stranger()
    login(client, "csrf@example.com")
    token = client.get("/api/v1/auth/me").get_json()["csrfToken"]

    assert client.post("/api/v1/applications", json={}).status_code == 403
    assert client.post("/api/v1/applications", json={}, headers={"X-CSRFToken": token}).status_code == 201
    foreign = {"X-CSRFToken": token, "Origin": "https://evil.example"}
    assert client.post("/api/v1/applications", json={}, headers=foreign).status_code == 403


def test_me_is_nobody_without_signing_in(site):
    assert site.stranger().get("/api/v1/auth/me").status_code == 401


def test_the_administrator_of_the_environment_can_sign_in(tmp_path):
    site = Site(tmp_path, ADMIN_EMAIL="Boss@example.com", ADMIN_PASSWORD=PASSWORD)

    assert login(site.stranger(), "boss@example.com").get_json()["user"]["role"] == Role.ADMIN
    site.close()


def test_the_accounts_of_the_demonstration_exist_where_it_is_wanted(tmp_path):
    site = Site(tmp_path, DEMO_DATA="true")

    assert login(site.stranger(), "farmer@gacp.example", "farmer-demo").status_code == 200
    assert {user.role for user in site.services.accounts.list_users()} == set(Role)
    site.close()


@pytest.mark.parametrize(("proxies", "last"), [(0, 429), (1, 401)])
def test_a_forwarded_address_counts_only_behind_proxies_one_trusts(tmp_path, proxies, last):
    site = Site(tmp_path, TRUSTED_PROXIES=proxies)
    statuses = []
    for number in range(11):
        client = site.stranger()
        client.environ_base["HTTP_X_FORWARDED_FOR"] = f"10.0.0.{number}"
        statuses.append(login(client, "nobody@example.com").status_code)

    assert statuses == [401] * 10 + [last]
    site.close()

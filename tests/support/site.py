"""The whole application on embedded stores, and clients that are signed in."""

import json
from datetime import UTC, datetime
from importlib.resources import files

from backend.accounts.roles import Role
from backend.app import create_app
from backend.bootstrap import Parts, build
from backend.clock import FrozenClock
from backend.settings import load

PASSWORD = "a good long password"
SAMPLES = files("backend.certification") / "samples"
THE_DAY = datetime(2026, 11, 2, 3, 0, tzinfo=UTC)  # the samples are written for it
TURMERIC = "01_turmeric_individual_renewal_complete.json"
INCOMPLETE = "04_ginger_individual_incomplete_draft.json"
REPLACEMENT = "07_kratom_replacement_certificate.json"


def sample(name=TURMERIC, **changes):
    """The body of a sample application."""
    return json.loads((SAMPLES / name).read_text(encoding="utf-8")) | changes


class Site:
    """One application on the day of the samples, and one client per person; people are made when a test first asks for them."""

    def __init__(self, data_dir, store=None, tracer=None, broker=None, **environment):
        self.settings = load(**{"DATA_DIR": data_dir, "GACP_ENV": "test", "SECRET_KEY": "k" * 32} | environment)
        self.services = build(self.settings, Parts(clock=FrozenClock(THE_DAY), store=store, tracer=tracer, broker=broker))
        self.app = create_app(self.services)
        self._tokens = {}

    def stranger(self):
        """A client that nobody is signed in with."""
        return self.app.test_client()

    def sign_in(self, role=Role.FARMER, name="a"):
        """A client that shows the bearer token of that person."""
        email = f"{name}.{role.lower()}@example.com"
        if email not in self._tokens:
            self.services.accounts.add_user(email, role, PASSWORD)
            self._tokens[email] = self.services.accounts.sign_in(email, PASSWORD).token
        client = self.app.test_client()
        client.environ_base["HTTP_AUTHORIZATION"] = f"Bearer {self._tokens[email]}"
        return client

    def draft(self, client, body=None):
        """The id of a new draft."""
        response = client.post("/api/v1/applications", json=sample() if body is None else body)
        assert response.status_code == 201, response.get_json()
        return response.get_json()["application"]["id"]

    def submitted(self, client, body=None):
        """The id of an application that was handed in."""
        application_id = self.draft(client, body)
        response = client.post(f"/api/v1/applications/{application_id}/submit")
        assert response.status_code == 200, response.get_json()
        return application_id

    def close(self):
        self.services.close()

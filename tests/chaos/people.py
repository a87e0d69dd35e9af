"""Farmers who submit over HTTP while things break, and remember what was promised to them."""

import threading
import time

import requests

from tests.support.site import sample

TIMEOUT_S = 30


class Farmer(threading.Thread):
    """Submits so many applications, one after the other, with patience for a web that is away.

    `promised` are the ids whose submission was acknowledged; `touched` all that were tried; `refused` counts 503.
    """

    def __init__(self, town, count, random, *, seconds):
        super().__init__(daemon=True)
        self._town = town
        self._count = count
        self._random = random
        self._until = time.monotonic() + seconds
        self._session = requests.Session()
        self._session.headers["Authorization"] = f"Bearer {town.token}"
        self.promised, self.touched, self.strange = [], [], []
        self.refused = 0

    def run(self):
        while len(self.promised) < self._count and time.monotonic() < self._until:
            draft = self._post("/api/v1/applications", sample())
            if draft is not None:
                self._submit(draft.json()["application"]["id"])
            time.sleep(self._random.uniform(0, 1))

    def _submit(self, id):
        self.touched.append(id)
        answer = self._post(f"/api/v1/applications/{id}/submit")
        if answer is not None:
            self.promised.append(id)

    def _post(self, path, body=None):
        """The answer where it is a success; None where there was none, or 503, which promises nothing."""
        try:
            answer = self._session.post(f"{self._town.base}{path}", json=body, timeout=TIMEOUT_S)
        except requests.RequestException:
            time.sleep(0.2)
            return None
        if answer.ok:
            return answer
        if answer.status_code == 503:
            self.refused += 1
            if "Retry-After" not in answer.headers:
                self.strange.append("503 without Retry-After")
        else:
            self.strange.append(f"{answer.status_code} {path}: {answer.text[:200]}")
        return None

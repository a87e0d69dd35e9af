"""Applications that dead letters are about, as far as their views ask for them."""

from types import SimpleNamespace

from backend.errors import NotFound


class Applications:
    """Each of a farmer called สมชาย, its number made of its id."""

    def __init__(self, *ids):
        self.ids = ids

    def get(self, id):
        if id not in self.ids:
            raise NotFound(f"There is no application {id}")
        applicant = SimpleNamespace(person_name="สมชาย")
        return SimpleNamespace(id=id, number=f"GACP-{id}", owner_id="owner", form=SimpleNamespace(applicant=applicant))

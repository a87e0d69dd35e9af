"""Applications that dead letters are about, as far as their views ask for them."""

from types import SimpleNamespace


class Applications:
    """Each of a farmer called สมชาย, its number made of its id; `asked` has what each reading asked for."""

    def __init__(self, *ids):
        self.ids = ids
        self.asked = []

    def get_many(self, ids):
        self.asked.append(set(ids))
        return {each: _application(each) for each in self.ids if each in ids}


def _application(id):
    applicant = SimpleNamespace(person_name="สมชาย")
    return SimpleNamespace(id=id, number=f"GACP-{id}", owner_id="owner", form=SimpleNamespace(applicant=applicant))

"""Numbers in English sentences: one job runs, two jobs run."""


def number_of(number: int, one: str, many: str = "") -> str:
    """`1 job`, `2 jobs`; `many` where it is not `one` with an s."""
    return f"{number} {one if number == 1 else many or one + 's'}"


class Number(str):
    """A written number that chooses between two forms in a text: `{value} {value:job/jobs}`."""

    __slots__ = ()

    def __format__(self, forms: str) -> str:
        one, slash, many = forms.partition("/")
        if slash:
            return one if self == "1" else many
        return super().__format__(forms)

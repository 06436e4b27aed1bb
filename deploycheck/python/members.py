"""Members of enums as plain data: equal to what Python says, and no more."""

from __future__ import annotations

from dataclasses import dataclass

from deploycheck.python.errors import NotKnownError


@dataclass(frozen=True, slots=True)
class Member:
    """A member of an `Enum` that is no string or number: equal to itself and to no plain value."""

    label: str
    value: object

    @property
    def name(self) -> str:
        """The member's own name."""
        return self.label.rpartition(".")[2]

    def __str__(self) -> str:
        """Write it as Python does: `Mode.FAST`."""
        return self.label


class TextMember(str):
    """A member of a `(str, Enum)`: equal to its text, and written `Mode.FAST` by `str()` and f-strings."""

    __slots__ = ("label",)

    label: str

    def __str__(self) -> str:
        """Write it as Python does."""
        return self.label

    def __repr__(self) -> str:
        """Write the text itself."""
        return repr(self.value)

    @property
    def name(self) -> str:
        """The member's own name."""
        return self.label.rpartition(".")[2]

    @property
    def value(self) -> str:
        """The text itself."""
        return str.__str__(self)


def value_of(data: object) -> object:
    """Return `member.value`; plain data is the value of a member that equals it."""
    return data.value if isinstance(data, (Member, TextMember)) else data


def name_of(data: object) -> object:
    """Return `member.name`."""
    if isinstance(data, (Member, TextMember)):
        return data.name
    raise NotKnownError("`.name` of plain data is not followed")


def equal(left: object, right: object) -> bool:
    """`x == y`: a member and the text of its value may be the same thing, made a member elsewhere."""
    for one, other in ((left, right), (right, left)):
        if isinstance(one, Member) and not isinstance(other, Member) and one.value == other:
            raise NotKnownError(f"whether it was made a member of {one.label.partition('.')[0]} is not known")
    return bool(left == right)


def unequal(left: object, right: object) -> bool:
    """`x != y`, as `equal`."""
    return not equal(left, right)

"""What is said of an address in the permission matrix: who is answered what."""

from tests.web.conftest import PEOPLE

Statuses = dict[str, int]


def all_get(status: int, **others: int) -> Statuses:
    """Everybody gets this, but for some."""
    return dict.fromkeys(PEOPLE, status) | others


def only(status: int, *people: str) -> Statuses:
    """Some get this; the others do not learn that there is anything."""
    return all_get(404, **dict.fromkeys(people, status))


ALL = all_get(200)
# A release that only its team may see.
TEAM = only(200, "analyst", "officer", "facilitator")
OFFICER = only(200, "officer", "facilitator")
SIGNED_OUT = all_get(302, visitor=200)
SIGNED_IN = all_get(200, visitor=302)  # to the sign-in
REFUSED = all_get(405)
STAFF = only(200, "officer", "officer_elsewhere", "facilitator")

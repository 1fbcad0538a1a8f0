"""Amounts as French people type them."""

from decimal import Decimal

import pytest
from django.core.exceptions import ValidationError
from hypothesis import given
from hypothesis import strategies as st

from labo_web.roadmaps.amounts import euros, figure, parse, plain, share

EUROS = st.decimals(min_value=0, max_value=10**9, places=2)


@given(
    EUROS,
    st.sampled_from([" ", "\u00a0", "\u202f", ""]),
    st.sampled_from(["", " €", "€", " euros"]),
)
def test_what_is_shown_can_be_typed_back(value: Decimal, space: str, sign: str) -> None:
    assert parse(plain(value).replace("\u202f", space) + sign) == value


@pytest.mark.parametrize(
    ("typed", "value"),
    [
        ("12 500,50", "12500.50"), ("12500,5", "12500.5"), ("12500.50", "12500.50"),
        ("0", "0"), ("1\u202f000 €", "1000"), (" 7 EUR ", "7"), ("1 000 000", "1000000"),
    ],
)  # fmt: skip
def test_understood(typed: str, value: str) -> None:
    assert parse(typed) == Decimal(value)


@pytest.mark.parametrize(
    ("typed", "why"),
    [
        ("douze", "n’est pas un nombre"), ("12 50", "n’est pas un nombre"),
        ("12.500", "se lit de deux façons"), ("1,234", "trop de chiffres"),
        ("-5", "négatif"), ("12k", "n’est pas un nombre"), ("1,2,3", "n’est pas un nombre"),
        ("99999999999", "trop grand"), ("€", "n’est pas un nombre"), ("1e5", "n’est pas un nombre"),
        ("=1+1", "n’est pas un nombre"), ("٣", "n’est pas un nombre"),
        (",5", "n’est pas un nombre"),
    ],
)  # fmt: skip
def test_refused_and_quoted(typed: str, why: str) -> None:
    with pytest.raises(ValidationError) as refused:
        parse(typed)
    assert why in str(refused.value)
    assert typed.strip() in str(refused.value) or typed == "€"


@given(st.text(max_size=30))
def test_nothing_typed_breaks_it(typed: str) -> None:
    try:
        value = parse(typed)
    except ValidationError:
        return
    assert value >= 0
    assert value.as_tuple().exponent in (0, -1, -2)


def test_missing_is_said_and_never_zero() -> None:
    assert euros(None) == "non communiqué"
    assert euros(Decimal("0")) == "0\u202f€"
    assert euros(Decimal("1234567.5")) == "1\u202f234\u202f567,50\u202f€"
    assert figure(None) == "–"
    assert figure(Decimal("12.5000"), "m²") == "12,5\u00a0m²"
    assert share(Decimal(1), None) == ""
    assert share(Decimal(1), Decimal(3)) == "33,3\u202f%"

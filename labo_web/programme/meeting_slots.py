"""The sequence of a meeting: hours computed from durations; holes and overlaps are refused."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from labo_web.workshops.templatetags.hours import hour


class Planned(Protocol):
    """What is needed of a slot to place it."""

    title: str
    minutes: int
    fixed_at: dt.time | None


@dataclass(frozen=True)
class Fault:
    """What stops a sequence: at which slot, and in words."""

    place: int
    says: str


@dataclass(frozen=True)
class Timetable:
    """A sequence with its hours; `left` are the minutes that nothing fills before the end."""

    hours: tuple[tuple[dt.datetime, dt.datetime], ...]
    faults: tuple[Fault, ...]
    left: int


def timetable(slots: Sequence[Planned], start: dt.datetime, end: dt.datetime) -> Timetable:
    """Place slots one after the other from a start; both ends are local times of one day."""
    now, hours, faults = start, [], []
    for place, slot in enumerate(slots):
        if slot.fixed_at is not None:
            wanted = dt.datetime.combine(start.date(), slot.fixed_at, tzinfo=start.tzinfo)
            minutes = int((wanted - now).total_seconds() // 60)
            if minutes > 0:
                faults.append(
                    Fault(
                        place,
                        f"« {slot.title} » est imposé à {hour(wanted)}, mais ce qui précède finit "
                        f"à {hour(now)} : il y a un trou de {minutes} minutes. Ajoutez une pause, "
                        "ou allongez ce qui précède.",
                    )
                )
            elif minutes < 0:
                faults.append(
                    Fault(
                        place,
                        f"« {slot.title} » est imposé à {hour(wanted)}, mais ce qui précède finit "
                        f"à {hour(now)} : {-minutes} minutes se chevauchent. Raccourcissez ce qui "
                        "précède, ou changez l’heure imposée.",
                    )
                )
            now = wanted
        hours.append((now, now + dt.timedelta(minutes=slot.minutes)))
        now = hours[-1][1]
    left = int((end - now).total_seconds() // 60)
    if left < 0:
        faults.append(
            Fault(
                len(slots) - 1,
                f"Le déroulé finit à {hour(now)}, la rencontre à {hour(end)} : il y a {-left} "
                "minutes de trop. Raccourcissez un temps, ou changez la fin de la rencontre.",
            )
        )
    return Timetable(tuple(hours), tuple(faults), max(left, 0))

"""A call in another process: its answer, its errors, and its end."""

import os
import signal
import time

import pytest

from labo import apart
from labo.errors import BadInput


def twice(number: int) -> int:
    return 2 * number


def pid() -> int:
    return os.getpid()


def refuse() -> None:
    raise BadInput("'x' is not a number")


def stumble() -> None:
    raise KeyError("lat")


def run_out() -> None:
    raise MemoryError


def end_by(number: int) -> None:
    os.kill(os.getpid(), number)


def test_it_gives_what_the_function_gives_and_keeps_its_process() -> None:
    assert apart.call(30, twice, 21) == 42
    assert apart.call(30, pid) == apart.call(30, pid) != os.getpid()


@pytest.mark.parametrize(
    ("function", "error", "said"),
    [
        (refuse, BadInput, "'x' is not a number"),
        (stumble, RuntimeError, "KeyError: 'lat'"),
        (run_out, MemoryError, "^$"),
    ],
)
def test_an_error_comes_back_and_the_process_stays(
    function: object, error: type[Exception], said: str
) -> None:
    before = apart.call(30, pid)
    with pytest.raises(error, match=said):
        apart.call(30, function)  # type: ignore[arg-type]
    assert apart.call(30, pid) == before


def test_a_call_without_end_is_ended() -> None:
    with pytest.raises(apart.Died, match="no end after 1 s"):
        apart.call(1, time.sleep, 600)
    assert apart.call(30, twice, 2) == 4


def test_a_call_that_brings_its_process_down_is_told() -> None:
    with pytest.raises(apart.Died, match="SIGSEGV"):
        apart.call(30, end_by, signal.SIGSEGV)
    assert apart.call(30, twice, 3) == 6


def test_a_process_that_fell_while_it_waited_is_replaced() -> None:
    fallen = apart.call(30, pid)
    os.kill(fallen, signal.SIGKILL)
    # Until it has ended, and is still there to be waited for.
    os.waitid(os.P_PID, fallen, os.WEXITED | os.WNOWAIT)
    assert apart.call(30, pid) != fallen


def test_what_cannot_be_sent_says_so_and_harms_nothing() -> None:
    with pytest.raises((AttributeError, TypeError, ValueError), match=r"pickle|lambda"):
        apart.call(30, lambda: 1)
    assert apart.call(30, twice, 4) == 8

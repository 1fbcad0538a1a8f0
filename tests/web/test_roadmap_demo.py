"""What the demonstration's actions are said to rest on is there, word for word."""

import pytest

from labo_web.resources.management.commands.demo_resources import INVENTED
from labo_web.roadmaps.demo_actions import ACTIONS
from labo_web.workshops.demo_day import SOLUTIONS, WORDS
from labo_web.workshops.management.commands.demo_workshops import SAID

THERE = {
    "said": [x[0] for x in WORDS] + [x[0] for x in SAID],
    "resources": [str(x["name"]) for x in INVENTED],
    "sheets": [str(x["title"]) for x in SOLUTIONS],
}


@pytest.mark.parametrize("key", THERE)
def test_what_an_action_rests_on_exists_once(key: str) -> None:
    for action in ACTIONS:
        for start in action[key]:
            assert sum(x.startswith(start) for x in THERE[key]) == 1, start

"""Requests made from both descriptions, sound and unsound: what is answered is declared."""

import json
from typing import Any

import pytest
import schemathesis
from django.conf import settings as django_settings
from django.test import Client
from hypothesis import HealthCheck, given, settings
from hypothesis.errors import Unsatisfiable
from schemathesis import Case, GenerationMode

from labo_web.atlas.features_description import openapi
from labo_web.releases.models import Release
from labo_web.wsgi import application
from tests.web.conftest import first_qpv, same_connection

pytestmark = pytest.mark.django_db
BOXES = ["-180,-90,180,90", "170,-20,-170,20", "0,0,0,1,1,100", "-1.5,46.9,-1.3,47.1"]
MOMENTS = ["2024-01-01T00:00:00Z", "../2024-01-01", "2020-01-01T00:00:00.5+02:00/..", "2020-02-03/"]
BOUNDED = settings(
    max_examples=12,
    derandomize=True,
    deadline=None,
    database=None,
    suppress_health_check=list(HealthCheck),
)


def plain(environ: dict[str, Any], start_response: Any) -> Any:
    """The website, without packing its answers, which the tool does not unpack."""
    environ.pop("HTTP_ACCEPT_ENCODING", None)
    return application(environ, start_response)


@pytest.fixture(autouse=True)
def host(monkeypatch: pytest.MonkeyPatch) -> None:
    """In process, requests are for localhost."""
    monkeypatch.setattr(django_settings, "ALLOWED_HOSTS", ["testserver", "localhost"])


def loaded(description: dict[str, Any], root: str) -> Any:
    schema = schemathesis.openapi.from_dict(description)
    schema.app = plain
    schema.config.update(base_url=f"http://testserver{root}")
    return schema


@pytest.fixture
def api(client: Client, public: Release) -> Any:
    description = client.get("/api/openapi.json").json()
    for path in description["paths"].values():
        for parameter in path["get"]["parameters"]:
            if parameter["name"] == "code":  # most requests should find something
                parameter["schema"]["enum"] = [public.code]
    return loaded(description, "/")


@pytest.fixture
def ogc(client: Client, public: Release) -> Any:
    description = json.loads(json.dumps(openapi("http://testserver/ogc")))
    parameters = description["components"]["parameters"]
    parameters["collectionId"]["schema"]["enum"] = [f"{public.code}-qpv", f"{public.code}-commune"]
    parameters["featureId"]["schema"]["enum"] = [first_qpv(public)]
    # More than the maximum is not an error: the standard says so (7.15.2), and we test it.
    del parameters["limit"]["schema"]["maximum"]
    # What the tool cannot write: numbers between commas, moments between slashes.
    parameters["bbox"]["schema"] = {"type": "string", "enum": BOXES}
    parameters["datetime"]["schema"] = {"type": "string", "enum": MOMENTS}
    return loaded(description, "/ogc")


def tried(schema: Any) -> list[str]:
    """Try every operation with sound then unsound requests; the names of those tried."""
    names = []
    for found in schema.get_all_operations():
        operation = found.ok()
        for mode in GenerationMode:

            @BOUNDED
            @given(case=operation.as_strategy(generation_mode=mode))
            def ask(case: Case[Any]) -> None:
                case.call_and_validate()

            try:
                with same_connection():
                    ask()
            except Unsatisfiable:  # an address without parameter cannot be asked wrongly
                assert mode is GenerationMode.NEGATIVE
        names.append(operation.label)
    return names


def test_api(api: Any) -> None:
    assert len(tried(api)) == 11


def test_ogc(ogc: Any) -> None:
    assert len(tried(ogc)) == 7

"""A client of OGC API Features that we did not write: GDAL, which QGIS reads layers with."""

import pyogrio
import pytest
from shapely.geometry import box


@pytest.fixture(scope="module")
def service(site: str) -> str:
    if "OAPIF" not in pyogrio.list_drivers():
        pytest.skip("this GDAL does not speak OGC API Features")
    return f"OAPIF:{site}/ogc/"


@pytest.fixture(scope="module")
def layer(service: str) -> str:
    names = [str(name) for name, _ in pyogrio.list_layers(service)]
    assert [name.split("-")[1] for name in names][:3] == ["qpv", "commune", "epci"]
    return names[0]


def test_neighbourhoods_with_their_values(service: str, layer: str) -> None:
    table = pyogrio.read_dataframe(service, layer=layer)
    assert len(table) > 1
    assert table.crs.to_epsg() == 4326
    assert table.geometry.is_valid.all()
    assert table["zone"].is_unique
    assert table["poverty_share"].between(0, 1).all()
    assert (table["poverty_share_low"] <= table["poverty_share_high"]).all()


def test_part_by_part_makes_the_whole(service: str, layer: str) -> None:
    whole = pyogrio.read_dataframe(service, layer=layer)
    parts = pyogrio.read_dataframe(service, layer=layer, PAGE_SIZE="1")
    assert parts["zone"].tolist() == whole["zone"].tolist()


def test_in_a_box(service: str, layer: str) -> None:
    whole = pyogrio.read_dataframe(service, layer=layer)
    bounds = whole.geometry.iloc[0].bounds
    here = pyogrio.read_dataframe(service, layer=layer, bbox=bounds)
    expected = whole[whole.intersects(box(*bounds))]
    assert set(here["zone"]) == set(expected["zone"])
    assert 0 < len(here) < len(whole)

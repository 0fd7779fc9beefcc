"""Two more modules: products, and the log store."""

import re

import pytest

from busbar import eventually

PRODUCT = {"name": "Busbar 12", "description": "Copper, 12 ways.", "price": "19.90"}


def create(busbar, **change):
    return busbar.admin("POST", "/api/v1/products", {**PRODUCT, **change})


def test_a_product_is_created_and_read(shared):
    answer = create(shared)

    assert answer.status == 201, answer
    product = answer.json
    assert {name: product[name] for name in PRODUCT} == PRODUCT
    assert re.fullmatch(r"[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}", product["id"])
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", product["created_at"])
    assert answer.headers["Location"].endswith(f"/api/v1/products/{product['id']}")

    read = shared.get(f"/api/v1/products/{product['id']}")
    assert read.status == 200 and read.json == product
    assert read.headers["ETag"] == answer.headers["ETag"]
    same = shared.get(f"/api/v1/products/{product['id']}", {"If-None-Match": read.headers["ETag"]})
    assert same.status == 304 and same.body == b""
    assert shared.get(f"/api/v1/products/{product['id']}", {"If-None-Match": '"other"'}).status == 200


@pytest.mark.parametrize("given, kept", [("1", "1.00"), (1, "1.00"), (0.5, "0.50"), ("999999999999.99", "999999999999.99"), ("0", "0.00")])
def test_a_price_is_a_decimal_in_text_or_number(shared, given, kept):
    answer = create(shared, price=given)

    assert answer.status == 201, answer
    assert float(answer.json["price"]) == float(kept) and isinstance(answer.json["price"], str)


@pytest.mark.parametrize("change, field", [
    ({"name": ""}, "name"), ({"name": "x" * 201}, "name"), ({"description": "x" * 10_001}, "description"),
    ({"price": "1.234"}, "price"), ({"price": "-1"}, "price"), ({"price": "1e3"}, "price"), ({"price": "1234567890123"}, "price"),
    ({"price": None}, "price"), ({"surprise": 1}, "surprise"),
])
def test_a_wrong_product_is_refused(shared, change, field):
    answer = create(shared, **change)

    assert answer.status == 422, answer
    assert [error["field"] for error in answer.json["errors"]] == [field]


def test_a_stranger_creates_nothing(shared):
    assert shared.post("/api/v1/products", PRODUCT).status == 401


def test_a_product_that_is_not_there(shared):
    assert shared.get("/api/v1/products/01900000-0000-7000-8000-000000000000").status == 404
    assert shared.get("/api/v1/products/nonsense").status == 404


def test_a_registration_leaves_log_entries_with_its_trace(busbar):
    answer = busbar.register("ada@example.org")
    trace = answer.headers["X-Trace-Id"]

    found = eventually(lambda: busbar.admin("GET", f"/api/v1/logs?trace_id={trace}").json["items"], what="an entry of this trace")
    assert all(entry["trace_id"] == trace for entry in found)
    assert {"module", "level", "name", "time"} <= found[0].keys()


def test_an_entry_from_outside_is_kept(busbar):
    answer = busbar.admin("POST", "/api/v1/logs", {"name": "deployed", "data": {"version": 5, "text": "a\nb"}, "level": "WARNING"})
    assert answer.status == 202, answer

    found = eventually(lambda: busbar.admin("GET", "/api/v1/logs?search=deployed").json["items"])
    assert found[0]["name"] == "deployed" and found[0]["level"] == "WARNING"
    assert found[0]["data"]["version"] == 5 and found[0]["data"]["text"] == "a\nb"


def test_lists_come_in_pages(busbar):
    for number in range(3):
        busbar.admin("POST", "/api/v1/emails", {"to": ["ada@example.org"], "subject": f"mail {number}", "text": "x"})
    eventually(lambda: busbar.admin("GET", "/api/v1/emails").json["total_count"], lambda count: count == 3)

    page = busbar.admin("GET", "/api/v1/emails?size=2").json
    assert [mail["subject"] for mail in page["items"]] == ["mail 2", "mail 1"]
    assert (page["page"], page["size"], page["total_pages"], page["has_more"]) == (1, 2, 2, True)
    rest = busbar.admin("GET", "/api/v1/emails?size=2&page=2").json
    assert [mail["subject"] for mail in rest["items"]] == ["mail 0"] and rest["has_more"] is False
    for wrong in ("size=0", "size=101", "page=0", "page=x"):
        assert busbar.admin("GET", f"/api/v1/emails?{wrong}").status in (400, 422)

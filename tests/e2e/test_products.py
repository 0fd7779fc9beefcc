"""Products as a client sees them: written, changed, deleted, found, and never read as they were before."""

import concurrent.futures
import json
import urllib.parse

import pytest

from busbar import PASSWORD
from split import Split

PRODUCT = {"name": "Busbar 12", "description": "Copper, 12 ways.", "price": "19.90"}
ALL = "/api/v1/products"


def create(busbar, **change):
    answer = busbar.admin("POST", ALL, {**PRODUCT, **change})
    assert answer.status == 201, answer
    return answer


def path_of(answer):
    return f"{ALL}/{answer.json['id']}"


def found(busbar, **query):
    answer = busbar.get(f"{ALL}?{urllib.parse.urlencode(query)}")
    assert answer.status == 200, answer
    return answer.json


def names(busbar, **query):
    return [one["name"] for one in found(busbar, **query)["items"]]


def test_S3_13_a_product_is_replaced_patched_and_deleted(shared):
    created = create(shared)
    path = path_of(created)

    replaced = shared.admin("PUT", path, {"name": "Other", "description": "", "price": 0})
    assert replaced.status == 200 and replaced.headers["ETag"] == '"2"', replaced
    assert replaced.json == {**created.json, "name": "Other", "description": "", "price": "0", "version": 2,
                             "updated_at": replaced.json["updated_at"]}
    patched = shared.admin("PATCH", path, json.dumps({"price": "3.5"}), {"Content-Type": "application/merge-patch+json"})
    assert patched.status == 200 and patched.json["name"] == "Other" and patched.json["price"] == "3.5", patched
    assert shared.get(path).json == patched.json
    assert shared.get(path, {"If-None-Match": '"2"'}).status == 200
    assert shared.get(path, {"If-None-Match": patched.headers["ETag"]}).status == 304

    deleted = shared.admin("DELETE", path)
    assert deleted.status == 204 and deleted.body == b""
    assert shared.get(path).status == 404
    assert shared.admin("DELETE", path).status == 404
    assert shared.admin("PUT", path, PRODUCT).status == 404
    assert shared.admin("PATCH", path, {}).status == 404


@pytest.mark.parametrize("method, body, fields", [
    ("PUT", {"name": "", "description": "", "price": "x"}, ["name", "price"]),
    ("PUT", {"name": "a"}, ["description", "price"]),
    ("PUT", {**PRODUCT, "id": "other"}, ["id"]),
    ("PATCH", {"name": None}, ["name"]),
    ("PATCH", {"colour": "red"}, ["colour"]),
    ("PATCH", {"description": "x" * 10_001}, ["description"]),
])
def test_a_wrong_change_names_the_fields(shared, method, body, fields):
    path = path_of(create(shared))

    answer = shared.admin(method, path, body)

    assert answer.status == 422, answer
    assert [error["field"] for error in answer.json["errors"]] == fields
    assert shared.get(path).json["version"] == 1


# S3-12: zero is a price; S3-31: to leave something out is not to empty it.
def test_S3_31_what_changes_nothing_is_no_new_version(shared):
    created = create(shared, price=0)
    path = path_of(created)

    assert shared.admin("PUT", path, {**PRODUCT, "price": "0"}).json == created.json
    assert shared.admin("PATCH", path, {}).json == created.json
    assert shared.admin("PATCH", path, {"description": ""}).json["version"] == 2


def test_of_two_writers_with_one_etag_one_is_refused(shared):
    created = create(shared)
    path = path_of(created)
    headers = {"If-Match": created.headers["ETag"]}

    def write(name):
        return shared.admin("PUT", path, {**PRODUCT, "name": name}, headers).status

    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        assert sorted(pool.map(write, "abcdefgh")) == [200] + 7 * [412]
    assert shared.get(path).json["version"] == 2
    assert shared.admin("DELETE", path, headers=headers).status == 412
    assert shared.admin("PATCH", path, {"price": 1}, {"If-Match": 'W/"2"'}).status == 412
    assert shared.admin("PATCH", path, {"price": 1}, {"If-Match": '"9", "2"'}).status == 200
    assert shared.admin("DELETE", path, headers={"If-Match": "*"}).status == 204


def test_a_user_writes_and_a_stranger_does_not(busbar):
    busbar.register("ada@example.org")
    assert busbar.post("/api/v1/confirmations", {"token": busbar.token_for("ada@example.org")}).status == 204
    session = busbar.post("/api/v1/sessions", {"email": "ada@example.org", "password": PASSWORD}).json["token"]
    user = {"Authorization": f"Bearer {session}"}

    created = busbar.post(ALL, PRODUCT, user)
    assert created.status == 201, created
    path = path_of(created)
    for who, expected in (({}, 401), ({"Authorization": "Bearer nonsense"}, 401),
                          ({"Cookie": f"__Host-busbar_session={session}"}, 403), (user, 200)):
        assert busbar.request("PUT", path, {**PRODUCT, "price": 2}, who).status == expected, who
        assert busbar.request("PATCH", path, {"price": 3}, who).status == expected, who
    assert busbar.request("DELETE", path).status == 401
    assert busbar.request("DELETE", path, headers=user).status == 204


def test_an_idempotency_key_creates_one(shared):
    headers = {"Idempotency-Key": "one-cup"}
    first = shared.admin("POST", ALL, {**PRODUCT, "name": "Singular"}, headers)
    again = shared.admin("POST", ALL, {**PRODUCT, "name": "Singular"}, headers)
    assert again.status == 201 and again.json == first.json
    assert shared.admin("POST", ALL, {**PRODUCT, "name": "Another"}, headers).status == 422
    assert names(shared, search="singular") == ["Singular"]


# S3-11, S3-34: size is the size, and any text is text.
def test_S3_34_products_are_searched_by_words_prices_and_pages(busbar):
    for name, description, price in (("Teapot", "green", 30), ("Lamp", "beside a teapot", "9.90"), ("café", "", 100),
                                     ("Crème", "brûlée (hot)", 0)):
        create(busbar, name=name, description=description, price=price)

    assert names(busbar) == ["Crème", "café", "Lamp", "Teapot"]
    assert names(busbar, search="tea") == ["Teapot", "Lamp"]
    assert names(busbar, search="CAFE") == ["café"]
    assert names(busbar, search="creme brul") == ["Crème"]
    assert names(busbar, sort="-price") == ["café", "Teapot", "Lamp", "Crème"]
    assert names(busbar, price_min="9.9", price_max=30, sort="price") == ["Lamp", "Teapot"]
    page = found(busbar, size=3, page=2)
    assert (page["size"], page["page"], page["total_count"], page["total_pages"], page["has_more"]) == (3, 2, 4, 2, False)
    assert [one["name"] for one in page["items"]] == ["Teapot"]
    for typed in ('"', "*", "NEAR(", "brulee (", "a AND", "-", "%", "\x00tea", "'", "—", ".*"):
        assert found(busbar, search=typed)["total_count"] <= 4, typed
    assert found(busbar, search="(hot)")["total_count"] == 1
    for wrong in ({"sort": "colour"}, {"price_min": "cheap"}, {"size": 0}):
        answer = busbar.get(f"{ALL}?{urllib.parse.urlencode(wrong)}")
        assert answer.status == 422 and [one["field"] for one in answer.json["errors"]] == list(wrong), answer


def read_what_was_written(busbar, numbers):
    """Each change is in the next get, search and list, at once."""
    for number in numbers:
        turn = f"{number:03}"  # so that none is the beginning of another
        created = create(busbar, name=f"fresh{turn}", price=number)
        path = path_of(created)
        assert busbar.get(path).json == created.json, turn
        assert names(busbar, search=f"fresh{turn}") == [f"fresh{turn}"], turn
        assert names(busbar, size=1) == [f"fresh{turn}"], turn
        replaced = busbar.admin("PUT", path, {**PRODUCT, "name": f"renamed{turn}"})
        assert busbar.get(path).json == replaced.json, turn
        assert names(busbar, search=f"fresh{turn}") == [], turn
        patched = busbar.admin("PATCH", path, {"description": f"word{turn}"})
        assert names(busbar, search=f"word{turn}") == [f"renamed{turn}"], turn
        assert busbar.get(path, {"If-None-Match": replaced.headers["ETag"]}).json == patched.json, turn
        if number % 2:
            assert busbar.admin("DELETE", path).status == 204
            assert busbar.get(path).status == 404, turn
            assert names(busbar, search=f"renamed{turn}") == [], turn


# S3-28, S3-37.
def test_S3_37_what_was_written_is_read_at_once(busbar):
    read_what_was_written(busbar, range(100))
    busbar.stop()
    busbar.start()
    assert found(busbar)["total_count"] == 50
    read_what_was_written(busbar, range(100, 103))


def test_S3_37_what_was_written_is_read_at_once_over_rabbitmq(new_busbar, rabbitmq, virtual_host):
    split = Split(new_busbar, rabbitmq.url_of(virtual_host), ("web,registration,email,logging", "product")).start()
    read_what_was_written(split.gateway, range(30))

    # The reader of a process that was killed is as far as its client was.
    last = create(split.gateway, name="last")
    split["product"].kill()
    split["product"].start()
    split.complete()
    assert split.gateway.get(path_of(last)).json == last.json
    read_what_was_written(split.gateway, range(30, 33))

"""Accounts of others: the admin API, `busbar user …`, and the record of what operators do."""

import json

from busbar import PASSWORD, eventually


def signed_in(busbar, address):
    busbar.register(address)
    assert busbar.post("/api/v1/confirmations", {"token": busbar.token_for(address)}).status == 204
    session = busbar.post("/api/v1/sessions", {"email": address, "password": PASSWORD})
    assert session.status == 201, session
    return {"Authorization": "Bearer " + session.json["token"]}, session.json["user"]["id"]


def user(busbar, *arguments):
    return busbar.command("user", *arguments, "--data", str(busbar.data))


def me(busbar, token):
    return busbar.get("/api/v1/users/me", headers=token).status


def test_an_operator_lists_disables_enables_and_ends_sessions(busbar):
    token, user_id = signed_in(busbar, "ada@example.org")
    busbar.register("new@example.org")

    code, listed, _ = user(busbar, "list", "--json")
    assert code == 0, listed
    assert {user["email"]: user["state"] for user in json.loads(listed)} == {
        "ada@example.org": "active", "new@example.org": "pending"}
    active = user(busbar, "list", "--state", "active")[1]
    assert "ada@example.org" in active and "new@example.org" not in active

    assert user(busbar, "disable", "ADA@example.org")[0] == 0
    assert me(busbar, token) == 401
    refused = busbar.post("/api/v1/sessions", {"email": "ada@example.org", "password": PASSWORD})
    assert (refused.status, refused.json["type"]) == (403, "/problems/account-disabled")

    assert user(busbar, "enable", user_id)[0] == 0
    again = {"Authorization": "Bearer " + busbar.post(
        "/api/v1/sessions", {"email": "ada@example.org", "password": PASSWORD}).json["token"]}
    assert me(busbar, again) == 200
    assert user(busbar, "end-sessions", user_id)[0] == 0
    assert me(busbar, again) == 401

    code, _, told = user(busbar, "disable", "nobody@example.org")
    assert code == 1 and "nobody@example.org" in told


def test_S34_each_action_of_an_operator_is_recorded_once(busbar):
    _, user_id = signed_in(busbar, "ada@example.org")
    busbar.admin("GET", "/api/v1/users")
    assert busbar.admin("POST", f"/api/v1/users/{user_id}/disable").status == 204
    assert busbar.admin("POST", "/api/v1/users/nobody/disable").status == 404
    assert busbar.request("POST", f"/api/v1/users/{user_id}/enable", listener="admin").status == 401

    entries = eventually(
        lambda: busbar.admin("GET", "/api/v1/logs?search=audit&size=100").json["items"], lambda found: len(found) >= 2)

    done = [(entry["data"]["method"], entry["data"]["path"], entry["data"]["status"]) for entry in reversed(entries)]
    assert done == [("POST", f"/api/v1/users/{user_id}/disable", 204), ("POST", "/api/v1/users/nobody/disable", 404)]
    assert all(entry["name"] == "audit" and entry["data"]["who"] == "admin" for entry in entries)

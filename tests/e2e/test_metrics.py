"""What Prometheus reads: exact, well-formed, and nobody's business told."""

import re
import shutil
import subprocess

from busbar import PASSWORD, ROOT, eventually


def text_of(busbar):
    """As Prometheus asks: without a token."""
    answer = busbar.request("GET", "/metrics", listener="admin")
    assert answer.status == 200 and answer.headers["Content-Type"] == "text/plain; version=0.0.4; charset=utf-8", answer
    return answer.text


def metrics_of(busbar):
    """Series, written as in the text, to value."""
    return {series: float(value) for series, value in re.findall(r"^([^#\s].*) (\S+)$", text_of(busbar), re.M)}


def outcomes(busbar):
    values = metrics_of(busbar)
    return {outcome: values[f'busbar_email_deliveries_total{{outcome="{outcome}"}}']
            for outcome in ("sent", "captured", "deferred", "failed")}


def send(busbar, *receivers):
    answer = busbar.admin("POST", "/api/v1/emails", {"to": receivers, "subject": "canary-subject", "text": "canary-text"})
    assert answer.status == 202, answer
    return answer.json["id"]


def promtool(*arguments, **more):
    program = shutil.which("promtool")
    assert program, "promtool is missing; ./dev build installs Debian's prometheus, which has it"
    return subprocess.run([program, *arguments], capture_output=True, text=True, timeout=60, **more)


def assert_promtool_is_silent(text):
    done = promtool("check", "metrics", input=text)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_sent_deferred_and_failed_are_counted_for_each_recipient(new_busbar, new_server):
    said = {"gone": "550 5.1.1 no such user", "busy": "450 4.2.1 busy"}
    server = new_server(RCPT=lambda line: next((reply for who, reply in said.items() if f"<{who}@" in line), None))
    busbar = new_busbar("--smtp", server.url, environment={"BUSBAR_EMAIL_RETRY": "1h"}).start()
    for i in range(20):
        send(busbar, f"ada{i}@example.org")
    send(busbar, "bob@example.org", "gone@example.org", "busy@example.org")
    send(busbar, "gone@example.org")

    # 22 conversations; the note of the last one may be on its way.
    expected = {"sent": 21, "captured": 0, "deferred": 1, "failed": 2}
    eventually(lambda: outcomes(busbar), lambda now: now == expected)
    values = metrics_of(busbar)
    of_server = f'{{server="{server.url}"}}'
    assert values["busbar_email_delivery_seconds_count"] == 21
    assert values["busbar_email_smtp_attempt_seconds_count" + of_server] == 22
    assert values["busbar_email_server_available" + of_server] == 1
    assert 1 <= values["busbar_email_smtp_connections" + of_server] <= 8
    assert values['busbar_email_queue_mails{state="queued"}'] == 1
    assert values['busbar_email_queue_mails{state="sending"}'] == 0
    assert values["busbar_email_oldest_queued_seconds"] > 0


def test_the_counters_of_a_scripted_run_are_what_was_done(busbar):
    def sign_in(address, password=PASSWORD):
        return busbar.post("/api/v1/sessions", {"email": address, "password": password}).status

    assert busbar.register("ada@example.org").status == 202
    assert busbar.post("/api/v1/confirmations", {"token": busbar.token_for("ada@example.org")}).status == 204
    for name in ("bob", "ada"):
        assert busbar.register(f"{name}@example.org").status == 202
    assert [sign_in("ada@example.org"), sign_in("ada@example.org"), sign_in("ada@example.org", "wrong password"),
            sign_in("bob@example.org")] == [201, 201, 401, 403]
    made = [busbar.admin("POST", "/api/v1/products", {"name": f"Pot {i}", "description": "", "price": "1"}).json["id"] for i in range(5)]
    for id in made[:2]:
        assert busbar.admin("PATCH", f"/api/v1/products/{id}", {"price": "2"},
                            {"Content-Type": "application/merge-patch+json"}).status == 200
    assert busbar.admin("DELETE", f"/api/v1/products/{made[0]}").status == 204
    assert [busbar.get(f"/api/v1/products/{id}").status for id in made] == [404, 200, 200, 200, 200]
    assert busbar.get("/there-is-no-such-page").status == 404
    eventually(lambda: outcomes(busbar)["captured"], lambda count: count == 3)

    values = metrics_of(busbar)

    def requests(listener, method, route, code):
        return values.get(f'busbar_http_requests_total{{code="{code}",listener="{listener}",method="{method}",route="{route}"}}', 0)

    assert requests("public", "POST", "/api/v1/registrations", 202) == 3
    assert [requests("public", "POST", "/api/v1/sessions", code) for code in (201, 401, 403)] == [2, 1, 1]
    assert requests("admin", "POST", "/api/v1/products", 201) == 5
    assert requests("admin", "PATCH", "/api/v1/products/{id}", 200) == 2
    assert requests("admin", "DELETE", "/api/v1/products/{id}", 204) == 1
    assert [requests("public", "GET", "/api/v1/products/{id}", code) for code in (200, 404)] == [4, 1]
    assert requests("public", "any", "none", 404) == 1
    assert values['busbar_http_request_duration_seconds_count{listener="public",method="POST",route="/api/v1/sessions"}'] == 4
    registrations = "busbar_registration_registrations_total"
    assert [values[f'{registrations}{{outcome="{outcome}"}}'] for outcome in ("new", "known", "repeated")] == [2, 1, 0]
    assert values["busbar_registration_confirmations_total"] == 1
    sign_ins = "busbar_registration_sign_ins_total"
    assert [values[f'{sign_ins}{{outcome="{outcome}"}}'] for outcome in ("succeeded", "failed", "refused", "limited")] == [2, 1, 1, 0]
    assert values["busbar_registration_password_hash_duration_seconds_count"] == 7
    assert values['busbar_bus_events_published_total{module="product"}'] == 8
    assert values['busbar_bus_events_published_total{module="registration"}'] == 4  # two users, a repetition, a confirmation
    handled = {series: value for series, value in values.items() if series.startswith("busbar_bus_events_handled_total")}
    assert handled['busbar_bus_events_handled_total{handler="catalog",module="product",source="product"}'] == 8
    for level in ("busbar_bus_lag_events", "busbar_bus_parked_events", "busbar_bus_dead_letters", "busbar_bus_handler_failures_total"):
        assert {value for series, value in values.items() if series.startswith(level + "{")} == {0}, level
    assert values['busbar_storage_commits_failed_total{module="product"}'] == 0
    assert values['busbar_storage_commit_units_sum{module="product"}'] >= 16  # a change and what its reader makes of it
    assert values["busbar_process_ready"] == 1


def test_a_server_that_is_away_is_told_and_its_queue_grows(new_busbar, new_server):
    server = new_server()
    url = server.url
    server.end()
    busbar = new_busbar("--smtp", url).start()
    for i in range(5):
        send(busbar, f"ada{i}@example.org")

    values = eventually(lambda: metrics_of(busbar),
                        lambda now: now[f'busbar_email_server_available{{server="{url}"}}'] == 0)
    assert values['busbar_email_queue_mails{state="queued"}'] + values['busbar_email_queue_mails{state="sending"}'] == 5
    assert outcomes(busbar) == {"sent": 0, "captured": 0, "deferred": 0, "failed": 0}
    assert_promtool_is_silent(text_of(busbar))


def test_captured_mails_are_counted(busbar):
    busbar.register("eve@example.org")
    busbar.mail_to("eve@example.org")
    send(busbar, "ada@example.org", "bob@example.org")

    eventually(lambda: outcomes(busbar), lambda now: now == {"sent": 0, "captured": 3, "deferred": 0, "failed": 0})
    values = metrics_of(busbar)
    assert values["busbar_email_oldest_queued_seconds"] == 0
    assert not any("server=" in series for series in values)


def test_promtool_has_nothing_to_say_and_S23_no_metric_tells_of_anybody(new_busbar, new_server):
    server = new_server(RCPT=lambda line: "550 canary-reply" if "canary-refused" in line else None)
    busbar = new_busbar("--smtp", server.url.replace("//", "//canary-user:canary-password@"),
                        environment={"BUSBAR_EMAIL_ROUTES": f"canary-route.example=smtp://canary-other@{server.url[7:]}"}).start()
    ids = [send(busbar, address) for address in ("canary@example.org", "canary-refused@example.org", "x@canary-route.example")]
    busbar.register("canary-user@example.org", name="canary-name", password="canary-of-the-password")
    eventually(lambda: sum(outcomes(busbar).values()), lambda all: all >= 1)

    text = text_of(busbar)
    assert_promtool_is_silent(text)
    assert "canary" not in text and busbar.admin_token not in text
    assert not any(id in text for id in ids)


def test_every_process_tells_of_itself(new_busbar):
    busbar = new_busbar("--modules", "product").start()
    version = busbar.command("--version")[1].split()[1]

    values = metrics_of(busbar)
    assert not any("email" in series for series in values)
    assert values[f'busbar_build_info{{version="{version}"}}'] == 1
    assert 0 < values["process_open_fds"] < values["process_max_fds"]
    assert values["process_resident_memory_bytes"] > 1024 * 1024
    assert values["process_start_time_seconds"] > 1.6e9
    used = values["process_cpu_seconds_total"]
    assert used > 0 and eventually(lambda: metrics_of(busbar)["process_cpu_seconds_total"], lambda now: now > used)
    assert_promtool_is_silent(text_of(busbar))


def test_the_readme_tells_prometheus_where_to_look(tmp_path):
    [block] = [block for block in re.findall(r"```yaml\n(.*?)```", (ROOT / "README.md").read_text(), re.S)
               if block.startswith("scrape_configs:")]
    file = tmp_path / "prometheus.yml"
    file.write_text(block)

    done = promtool("check", "config", str(file))
    assert done.returncode == 0, done.stdout + done.stderr

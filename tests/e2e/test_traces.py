"""One request is one trace, from the form to the mail server, over pauses, restarts and processes."""

import json
import re
import time

import pika
import pytest

from busbar import PASSWORD, eventually, parse_message, part_of, token_in
from otlp import KINDS, BlackHole, Collector, named, path_to, trace_with
from split import Split
from test_metrics import metrics_of
from visitor import Visitor

REGISTER = "POST /api/v1/registrations"
REGISTERED = "process registration.user_registered"
TO_THE_MAIL = [REGISTER, "registration.register", "commit", REGISTERED, "smtp send"]


@pytest.fixture
def new_collector():
    started = []

    def make(kind=Collector, *arguments):
        started.append(kind(*arguments))
        return started[-1]

    yield make
    for one in started:
        one.end()


def trace_of(answer):
    return answer.headers["X-Trace-Id"]


def test_a_registration_is_one_trace_from_the_request_to_each_attempt_to_send_its_mail(new_busbar, new_server):
    server = new_server(MESSAGE=["451 come again"])
    busbar = new_busbar("--smtp", server.url, environment={"BUSBAR_EMAIL_RETRY": "100ms"}).start()

    trace_id = trace_of(busbar.register("ada@example.org"))
    busbar.mail_to("ada@example.org", "sent")
    trace = trace_with(busbar, trace_id, [REGISTER, "smtp send", "smtp send"])

    [request] = named(trace, REGISTER)
    assert request["parent_span_id"] is None and request["kind"] == "server" and request["module"] == "web"
    assert request["attributes"] == {
        "http.request.method": "POST", "http.route": "/api/v1/registrations", "url.path": "/api/v1/registrations",
        "url.scheme": "http", "http.response.status_code": 202}
    [handled] = named(trace, REGISTERED)
    assert handled["kind"] == "consumer" and handled["module"] == "email"
    assert handled["attributes"]["messaging.system"] == "busbar" and handled["attributes"]["busbar.attempt"] == 1
    assert path_to(trace, named(trace, "registration.mail_link")[0])[-2:] == [REGISTERED, "registration.mail_link"]
    first, second = named(trace, "smtp send")
    assert path_to(trace, first) == path_to(trace, second) == TO_THE_MAIL
    assert [first["kind"], first["status"], second["status"]] == ["client", "error", "ok"]
    assert first["attributes"]["error.type"] == "451" and first["attributes"]["busbar.attempt"] == 1
    assert second["attributes"]["busbar.attempt"] == 2 and "error.type" not in second["attributes"]
    assert second["attributes"]["server.address"] == "127.0.0.1" and second["attributes"]["server.port"] == server.port
    assert trace["name"] == REGISTER and trace["span_count"] == len(trace["spans"])
    assert all(span["offset_ms"] + span["duration_ms"] <= trace["duration_ms"] + 0.01 for span in trace["spans"])


def test_a_form_is_one_trace_too(new_busbar, smtp_server):
    busbar = new_busbar("--smtp", f"smtp://{smtp_server.address}").start()

    answer = Visitor(busbar).send("/register", name="Ada", email="ada@example.org", password=PASSWORD)
    assert answer.status == 303, answer
    trace = trace_with(busbar, trace_of(answer), ["smtp send"])

    assert path_to(trace, named(trace, "smtp send")[0]) == ["POST /register", *TO_THE_MAIL[1:]]


def test_a_trace_goes_on_after_a_restart(new_busbar, new_server):
    server = new_server(CONNECT=lambda _: "421 not now")
    busbar = new_busbar("--smtp", server.url, environment={"BUSBAR_EMAIL_RETRY": "100ms"}).start()
    trace_id = trace_of(busbar.register("ada@example.org"))
    trace_with(busbar, trace_id, ["smtp send"])
    busbar.stop()
    server.release()
    busbar.start()

    busbar.mail_to("ada@example.org", "sent")
    trace = trace_with(busbar, trace_id, ["smtp send", "smtp send"])
    attempts = named(trace, "smtp send")

    assert [attempts[0]["status"], attempts[-1]["status"]] == ["error", "ok"]
    assert {tuple(path_to(trace, one)) for one in attempts} == {tuple(TO_THE_MAIL)}
    assert len({one["process"] for one in attempts}) == 2


def test_over_five_processes_it_is_one_trace_with_all_its_spans(new_busbar, rabbitmq, virtual_host, smtp_server, new_collector):
    collector = new_collector()
    split = Split(new_busbar, rabbitmq.url_of(virtual_host), environment={
        "BUSBAR_EMAIL_SMTP_URL": f"smtp://{smtp_server.address}", "OTEL_EXPORTER_OTLP_ENDPOINT": collector.url}).start()

    trace_id = trace_of(split.gateway.register("ada@example.org"))
    split.gateway.mail_to("ada@example.org", "sent")
    trace = trace_with(split.gateway, trace_id, [REGISTER, "registration.register", "registration.register", "smtp send"])

    mail = named(trace, "smtp send")[0]
    assert path_to(trace, mail) == [REGISTER, "registration.register", "registration.register", "commit", REGISTERED,
                                    "smtp send"]
    asked, answered = named(trace, "registration.register")
    assert (asked["kind"], asked["module"], answered["kind"], answered["module"]) == (
        "client", "web", "server", "registration")
    assert named(trace, REGISTERED)[0]["attributes"]["messaging.system"] == "rabbitmq"
    pids = {span["module"]: int(span["process"].rpartition(":")[2]) for span in trace["spans"]}
    assert pids == {module: split[module].pid for module in ("web", "registration", "email")}

    def of_trace():
        return {span["span_id"]: span for span in collector.spans if span["trace_id"] == trace_id}
    exported = eventually(of_trace, lambda found: found.keys() >= {span["span_id"] for span in trace["spans"]},
                          what="all spans at the collector")
    for span in trace["spans"]:
        told = exported[span["span_id"]]
        assert told["parent_span_id"] == (span["parent_span_id"] or "") and told["name"] == span["name"]
        assert KINDS[told["kind"]] == span["kind"] and told["attributes"]["busbar.module"] == span["module"]
        assert told["resource"]["service.name"] == "busbar" and told["resource"]["service.instance.id"] == span["process"]
        assert int(told["ended_at"]) - int(told["started_at"]) == pytest.approx(span["duration_ms"] * 1e6, abs=1000)
    code, text, errors = split.gateway.command("trace", trace_id, "--data", str(split.gateway.data))
    assert code == 0 and re.search(r"email\.registration_mails: done", text), text + errors


def test_what_a_foreign_program_orders_goes_on_with_its_trace_or_begins_one(new_busbar, rabbitmq, virtual_host):
    busbar = new_busbar("--bus", rabbitmq.url_of(virtual_host)).start()
    theirs, parent = "0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331"
    headers = {"traceparent": f"00-{theirs}-{parent}-01"}
    with rabbitmq.channel(virtual_host) as channel:
        channel.confirm_delivery()
        for receiver, more in (("ada@example.org", headers), ("bob@example.org", {})):
            channel.basic_publish("busbar.requests", "email.send",
                                  json.dumps({"to": [receiver], "subject": "Hello", "text": "You"}),
                                  pika.BasicProperties(content_type="application/json", headers=more))
    busbar.mail_to("ada@example.org")
    busbar.mail_to("bob@example.org")
    names = ["receive email.send", "process email.send", "email.send", "commit"]

    trace = trace_with(busbar, theirs, names)
    [own] = eventually(lambda: [one for one in busbar.admin("GET", "/api/v1/traces?size=100&module=email").json["items"]
                                if one["name"] == names[0] and one["trace_id"] != theirs], what="a trace of its own")

    assert named(trace, names[0])[0]["parent_span_id"] == parent
    assert names in [path_to(trace, one) for one in named(trace, "commit")]
    assert named(trace_with(busbar, own["trace_id"], names), names[0])[0]["parent_span_id"] is None


def test_a_collector_gets_what_it_could_not_take_at_once(new_busbar, new_collector):
    collector = new_collector(Collector, {"status": 503, "retry_after": 1})
    busbar = new_busbar("--otlp", collector.url + "/").start()

    trace_id = trace_of(busbar.register("ada@example.org"))
    spans = eventually(lambda: [span for span in collector.spans if span["trace_id"] == trace_id],
                       what="spans at the second attempt")

    assert {request["path"] for request in collector.requests} == {"/v1/traces"}
    assert {request["type"] for request in collector.requests} == {"application/x-protobuf"}
    assert [request["status"] for request in collector.requests[:2]] == [503, 200]
    assert collector.requests[0]["spans"] == collector.requests[1]["spans"], "the same batch again"
    assert {span["scope"] for span in spans} == {"busbar"}
    values = metrics_of(busbar)
    assert values["busbar_trace_exported_spans_total"] >= len(spans)
    assert values['busbar_trace_spans_lost_total{where="collector"}'] == 0
    assert values["busbar_trace_spans_total"] >= values["busbar_trace_exported_spans_total"]


def test_what_a_collector_refuses_is_counted(new_busbar, new_collector):
    collector = new_collector(Collector, {"status": 200, "rejected": 2}, {"status": 400})
    busbar = new_busbar("--otlp", collector.url).start()
    lost = 'busbar_trace_spans_lost_total{where="collector"}'

    busbar.register("ada@example.org")
    eventually(lambda: metrics_of(busbar)[lost], lambda count: count == 2, what="two that it did not want")
    busbar.register("bob@example.org")
    eventually(lambda: metrics_of(busbar)[lost], lambda count: count > 2, what="a batch that it did not understand")

    assert len(collector.requests) == 2, "what is wrong is not sent again"


def test_what_is_left_is_sent_at_the_end(new_busbar, new_collector):
    collector = new_collector()
    busbar = new_busbar("--otlp", collector.url).start()

    trace_id = trace_of(busbar.get("/"))
    assert busbar.stop() == 0

    eventually(lambda: trace_id in {span["trace_id"] for span in collector.spans})


@pytest.mark.parametrize("kind", ["black hole", "nobody"])
def test_a_dead_collector_costs_a_counter_and_nothing_else(new_busbar, new_collector, kind):
    hole = new_collector(BlackHole)
    if kind == "nobody":
        hole.end()
    busbar = new_busbar("--otlp", hole.url, environment={"BUSBAR_TRACING_TRACES_PER_SECOND": "10000"}).start()
    connection = busbar.connect()

    def lost():
        for _ in range(200):
            assert busbar.request("GET", "/", connection=connection).status == 200
        return metrics_of(busbar)['busbar_trace_spans_lost_total{where="collector"}']

    eventually(lost, limit=60, what="spans that did not fit any more")
    assert busbar.get("/readyz").json == {"status": "ok"}, "it is nobody's business but the operator's"
    began = time.monotonic()
    assert busbar.stop() == 0 and time.monotonic() - began < 5, "nobody waits for it"


def test_the_callers_trace_goes_on_and_its_wish_is_heeded(new_busbar, new_collector):
    collector = new_collector()
    busbar = new_busbar("--otlp", collector.url).start()
    wanted, unwanted, parent = "0af7651916cd43dd8448eb211c80319c", "1af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331"

    busbar.get("/", {"traceparent": f"00-{unwanted}-{parent}-00"})
    busbar.get("/", {"traceparent": f"00-{wanted}-{parent}-01"})
    trace = trace_with(busbar, wanted, ["GET /"])

    assert trace["spans"][0]["parent_span_id"] == parent
    assert busbar.admin("GET", f"/api/v1/traces/{unwanted}").status == 404
    eventually(lambda: {span["trace_id"] for span in collector.spans}, lambda found: wanted in found)
    assert unwanted not in {span["trace_id"] for span in collector.spans}


def test_traces_are_found_by_what_they_are(busbar):
    failed = trace_of(busbar.admin("POST", "/api/v1/products", {"name": "", "description": "", "price": "1"}))
    registered = trace_of(busbar.register("ada@example.org"))
    trace_with(busbar, registered, [REGISTERED])

    def ids(query):
        answer = busbar.admin("GET", f"/api/v1/traces?{query}")
        assert answer.status == 200, answer
        return [trace["trace_id"] for trace in answer.json["items"]]

    found = busbar.admin("GET", "/api/v1/traces").json
    assert {"items", "page", "size", "total_count", "total_pages", "has_more"} == found.keys()
    assert set(ids("")) == {failed, registered}, "who looks at mails or traces makes none, and neither do probes"
    assert ids("module=email") == [registered] and ids("min_duration=3600000") == []
    assert ids("error=true") == [] and set(ids("error=false")) == {failed, registered}, "a wrong field is no failure of ours"
    assert busbar.admin("GET", "/api/v1/traces?error=perhaps").status == 422
    assert busbar.admin("GET", "/api/v1/traces/none").status == 404
    assert busbar.request("GET", "/api/v1/traces", listener="admin").status == 401
    assert busbar.get("/api/v1/traces").status == 404, "not on the public listener"


def test_S23_no_span_tells_a_secret(new_busbar, smtp_server, new_collector):
    collector = new_collector()
    password = "canary-3c1f-password-in-clear"
    busbar = new_busbar("--otlp", collector.url, "--smtp", f"smtp://{smtp_server.address}").start()
    smtp_server.box.replies = ["451 I do not like this: http://canary/?token=of-a-server"]

    busbar.register("ada@example.org", password=password)
    busbar.post("/api/v1/sessions", {"email": "ada@example.org", "password": password})
    [mail] = eventually(lambda: smtp_server.mails, limit=20)
    token = token_in(part_of(parse_message(mail["raw"]), "plain"))
    busbar.get(f"/confirm?token={token}")
    busbar.post("/api/v1/confirmations", {"token": token})
    session = busbar.post("/api/v1/sessions", {"email": "ada@example.org", "password": password}).json["token"]
    busbar.request("GET", "/api/v1/users/me", headers={"Authorization": f"Bearer {session}"})
    last = trace_of(busbar.get("/"))
    trace_with(busbar, last, ["GET /"])
    eventually(lambda: last in {span["trace_id"] for span in collector.spans})

    stored = []
    for trace in busbar.admin("GET", "/api/v1/traces?size=100").json["items"]:
        stored.append(busbar.admin("GET", f"/api/v1/traces/{trace['trace_id']}").json)
    told = json.dumps(stored) + json.dumps(collector.requests)
    assert "smtp send" in told and "/confirm" in told
    for secret in (password, token, session, busbar.admin_token, "of-a-server"):
        assert secret not in told


def test_the_commands_show_a_trace_in_text(new_busbar, new_server):
    server = new_server(MESSAGE=["451 come again"])
    busbar = new_busbar("--smtp", server.url, environment={"BUSBAR_EMAIL_RETRY": "100ms"}).start()
    trace_id = trace_of(busbar.register("ada@example.org"))
    busbar.mail_to("ada@example.org", "sent")
    trace_with(busbar, trace_id, [REGISTER, "smtp send", "smtp send"])

    def command(*arguments):
        code, text, errors = busbar.command("trace", *arguments, "--data", str(busbar.data))
        assert code == 0, errors
        return text

    listed = command("list", "--module", "email", "--since", "1h")
    assert trace_id in listed and REGISTER in listed
    assert [trace["errors"] for trace in json.loads(command("list", "--json")) if trace["trace_id"] == trace_id] == [1]
    assert trace_id in command("list", "--failed") and trace_id not in command("list", "--slower-than", "1h")
    shown = command("show", trace_id)
    assert re.search(rf"\d ms +\d+\.\d\d ms  \|=+ *\|  {re.escape(REGISTER)}  \[web\]", shown), shown
    assert re.search(r"\|  +smtp send  \[email, attempt 1\]  failed: 451: at DATA\n", shown), shown
    told = command(trace_id)
    lines = [line.strip() for line in told.splitlines()]
    assert lines[0].endswith(REGISTER)
    order = [next(i for i, line in enumerate(lines) if word in line) for word in (
        "registration.user_registered", "email.registration_mails: done", "email.email_queued", "to ada@example.org: sent, 2 attempts",
        "attempt 1 at smtp://", "attempt 2 at smtp://", "email.email_sent")]
    assert order == sorted(order), told
    assert busbar.command("trace", "--data", str(busbar.data))[0] == 64
    assert busbar.command("trace", "show", "none", "--data", str(busbar.data))[0] == 1


def test_what_a_request_caused_is_known_when_its_spans_are_gone(new_busbar):
    busbar = new_busbar(environment={"BUSBAR_TRACING_SAMPLE": "0"}).start()
    trace_id = trace_of(busbar.register("ada@example.org"))
    busbar.mail_to("ada@example.org")
    assert busbar.admin("GET", f"/api/v1/traces/{trace_id}").status == 404
    busbar.kill()
    busbar.start()

    found = busbar.admin("GET", f"/api/v1/traces/{trace_id}/events").json
    code, text, errors = busbar.command("trace", trace_id, "--data", str(busbar.data))

    assert [event["type"] for event in found["events"]] == ["registration.user_registered", "email.email_queued"], found
    assert found["events"][0]["handlers"][0] == {
        "module": "email", "handler": "registration_mails", "state": "done", "attempts": 0, "next_attempt_at": None, "errors": []}
    assert found["events"][1]["cause"] == found["events"][0]["id"]
    [mail] = found["mails"]
    assert mail["status"] == "captured" and mail["to"] == ["ada@example.org"] and "text" not in mail
    assert found["is_complete"] and found["away"] == []
    assert code == 0 and "to ada@example.org: captured" in text, text + errors

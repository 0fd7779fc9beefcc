"""The broker that tests start for themselves: it comes, it keeps, and it leaves nothing behind."""

import pathlib
import ssl
import tempfile

import pika
import pytest

from busbar import eventually
from leftovers import nothing_is_left, ports_of, processes_of
from rabbitmq import accepts, rabbitmq as broker
from rabbitmq_control import broker_refused
from smtp import make_certificate


def get(channel, queue):
    """The body of the next message, as soon as there is one."""
    return eventually(lambda: channel.basic_get(queue, auto_ack=True)[2], what=f"a message in {queue}")


def serve_until(channel, arrived):
    """pika reads only when it is asked to."""
    eventually(lambda: channel.connection.process_data_events(0.05) or arrived, what="the notification of the broker")


@pytest.fixture
def own_temporary_folder(tmp_path, monkeypatch):
    """Where brokers of this test make their folders. A pytest path may be too long for a Unix socket."""
    with tempfile.TemporaryDirectory(prefix="busbar-") as folder:
        monkeypatch.setenv("TMPDIR", folder)
        yield pathlib.Path(folder)


def test_what_is_published_is_there_to_get(rabbitmq, virtual_host):
    with rabbitmq.channel(virtual_host) as channel:
        channel.queue_declare("letters", durable=True, arguments={"x-queue-type": "quorum"})
        channel.confirm_delivery()
        channel.basic_publish("", "letters", b"hello")

        assert get(channel, "letters") == b"hello"


def test_virtual_hosts_are_apart(rabbitmq, virtual_host):
    with rabbitmq.virtual_host() as other, rabbitmq.channel(virtual_host) as channel:
        channel.queue_declare("letters", durable=True)
        channel.confirm_delivery()
        channel.basic_publish("", "letters", b"hello")

        assert rabbitmq.list_queues(other) == []
        assert rabbitmq.list_queues(virtual_host) == [
            {"name": "letters", "type": "classic", "durable": True, "ready": 1, "consumers": 0}]
        assert rabbitmq.count_messages("letters", virtual_host) == 1
    assert other not in rabbitmq.control("list_vhosts")


def test_a_restart_keeps_port_and_durable_messages(own_rabbitmq):
    before = own_rabbitmq.description()
    with own_rabbitmq.channel() as channel:
        channel.queue_declare("letters", durable=True)
        channel.confirm_delivery()
        channel.basic_publish("", "letters", b"hello", pika.BasicProperties(delivery_mode=2))

    own_rabbitmq.restart()

    with own_rabbitmq.channel() as channel:
        assert get(channel, "letters") == b"hello"
    after = own_rabbitmq.description()
    assert after["pid"] != before["pid"] and after["url"] == before["url"] and after["node"] == before["node"]


def test_killed_it_is_down_and_comes_back_with_what_it_confirmed(own_rabbitmq):
    with own_rabbitmq.channel() as channel:
        channel.queue_declare("letters", durable=True, arguments={"x-queue-type": "quorum"})
        own_rabbitmq.sync_declarations()
        channel.confirm_delivery()
        channel.basic_publish("", "letters", b"hello", pika.BasicProperties(delivery_mode=2))

        own_rabbitmq.kill()

        assert not any(accepts(port) for port in ports_of(vars(own_rabbitmq)))
        with pytest.raises(pika.exceptions.AMQPError):
            channel.queue_declare("letters", passive=True)

    own_rabbitmq.start()

    with own_rabbitmq.channel() as channel:
        assert get(channel, "letters") == b"hello"


def test_after_the_end_nothing_is_left(own_temporary_folder):
    tempfile.tempdir = None  # asks TMPDIR again
    try:
        with broker() as one:
            description = one.description()
            assert len(processes_of(one.folder)) >= 2
    finally:
        tempfile.tempdir = None

    assert nothing_is_left(description)
    assert list(own_temporary_folder.iterdir()) == []


@pytest.mark.parametrize("resource", ["memory", "disk"])
def test_an_alarm_blocks_who_publishes(rabbitmq, virtual_host, resource):
    set_alarm = getattr(rabbitmq, f"set_{resource}_alarm")
    blocked, unblocked = [], []
    with rabbitmq.channel(virtual_host) as channel:
        channel.connection.add_on_connection_blocked_callback(lambda *frame: blocked.append(frame))
        channel.connection.add_on_connection_unblocked_callback(lambda *frame: unblocked.append(frame))

        set_alarm(True)
        try:
            channel.basic_publish("", "nowhere", b"hello")
            serve_until(channel, blocked)
            assert not unblocked
        finally:
            set_alarm(False)
        serve_until(channel, unblocked)


def test_a_user_may_only_what_was_allowed(rabbitmq, virtual_host):
    name = f"ada-{virtual_host}"
    rabbitmq.add_user(name, "p:w@d", configure="^mine", write="", read="", virtual_host=virtual_host)
    parameters = pika.ConnectionParameters("127.0.0.1", rabbitmq.port, virtual_host,
                                           pika.PlainCredentials(name, "p:w@d"))
    connection = pika.BlockingConnection(parameters)
    connection.channel().queue_declare("mine")

    with pytest.raises(pika.exceptions.ChannelClosedByBroker, match="403"):
        connection.channel().queue_declare("yours")
    connection.close()


def test_connections_are_listed_and_closed_by_the_server(rabbitmq, virtual_host):
    with rabbitmq.channel(virtual_host) as channel:
        [connection] = [each for each in rabbitmq.list_connections() if each["vhost"] == virtual_host]
        assert connection == {"user": "guest", "vhost": virtual_host, "state": "running", "channels": 1}

        rabbitmq.close_connections("for a test")

        with pytest.raises(pika.exceptions.ConnectionClosedByBroker, match="for a test"):
            channel.queue_declare("letters")


def test_what_the_node_refuses_is_an_exception(rabbitmq):
    with pytest.raises(broker_refused, match="badmatch"):
        rabbitmq.evaluate("1 = 2")
    with pytest.raises(broker_refused, match="does not exist"):
        rabbitmq.control("delete_user", "nobody")


def test_tls_with_a_certificate_of_its_own(tmp_path):
    certificate, key = make_certificate(tmp_path)
    context = ssl.create_default_context(cafile=certificate)
    with broker(tls=(certificate, key, certificate)) as one:
        parameters = pika.ConnectionParameters("127.0.0.1", one.tls_port, ssl_options=pika.SSLOptions(context, "localhost"))

        connection = pika.BlockingConnection(parameters)

        assert connection.channel().queue_declare("letters").method.message_count == 0
        connection.close()

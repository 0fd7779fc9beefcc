"""What a test does to a running RabbitMQ from outside of AMQP: virtual hosts, users, alarms, connections.

rabbitmqctl starts a node of its own for each call, which takes a second or two. The broker is therefore started with a
small evaluator on a Unix socket in its folder, for the same calls in milliseconds: a line with Erlang expressions in, the
answer until the end of the stream out, `ok TERM` or `failed TERM`; a binary is sent as its bytes.
"""

import contextlib
import json
import secrets
import socket
import subprocess

from rabbitmq_files import SCRIPTS

CONTROL_SERVER = """
Answer = fun(Line) ->
    try
        {ok, Tokens, _} = erl_scan:string(binary_to_list(Line)),
        {ok, Expressions} = erl_parse:parse_exprs(Tokens),
        {value, Value, _} = erl_eval:exprs(Expressions, []),
        case is_binary(Value) of
            true -> [<<"ok ">>, Value];
            false -> unicode:characters_to_binary(io_lib:format("ok ~0tp", [Value]))
        end
    catch Class:Reason -> unicode:characters_to_binary(io_lib:format("failed ~0tp", [{Class, Reason}]))
    end
end,
Serve = fun Serve(Listener) ->
    {ok, Client} = gen_tcp:accept(Listener),
    case gen_tcp:recv(Client, 0, 5000) of
        {ok, Line} -> gen_tcp:send(Client, Answer(Line));
        {error, _} -> ok
    end,
    gen_tcp:close(Client),
    Serve(Listener)
end,
spawn(fun() ->
    Options = [{ifaddr, {local, Path}}, binary, {packet, line}, {buffer, 65536}, {active, false}],
    {ok, Listener} = gen_tcp:listen(0, Options),
    Serve(Listener)
end).
"""

LIMIT = 30


class broker_refused(Exception):
    """What the node answered instead of doing it."""


class rabbitmq_control:
    """The part of `rabbitmq` that changes the running node. Names of this class become Erlang binaries."""

    @property
    def control_socket(self):
        return self.folder / "control"

    def evaluate(self, expressions):
        """Erlang expressions, in the node; the answer as text. A term that is not a binary comes as Erlang writes it."""
        with socket.socket(socket.AF_UNIX) as client:
            client.settimeout(LIMIT)
            client.connect(str(self.control_socket))
            client.sendall(" ".join(expressions.split()).rstrip(".").encode() + b".\n")
            answer = b"".join(iter(lambda: client.recv(65536), b"")).decode()
        kind, _, value = answer.partition(" ")
        if kind != "ok":
            raise broker_refused(f"{expressions} → {answer or 'nothing'}")
        return value

    def control(self, *arguments, limit=60):
        """Debian's rabbitmqctl; its output. Slow: for what `evaluate` should not know."""
        command = [SCRIPTS / "rabbitmqctl", "--quiet", "--node", self.node, *map(str, arguments)]
        done = subprocess.run(command, env=self.variables(), cwd=self.folder, stdin=subprocess.DEVNULL,
                              capture_output=True, text=True, timeout=limit)
        if done.returncode != 0:
            raise broker_refused(f"rabbitmqctl {' '.join(map(str, arguments))} → {done.stdout}{done.stderr}")
        return done.stdout

    # --- virtual hosts and users

    def add_virtual_host(self, name=None):
        """An empty one where guest may do everything; its name."""
        name = name or f"test-{secrets.token_hex(6)}"
        self.evaluate(f"ok = rabbit_vhost:add({binary(name)}, {binary('test')})")
        self.set_permissions("guest", name)
        return name

    def delete_virtual_host(self, name):
        self.evaluate(f"rabbit_vhost:delete({binary(name)}, {binary('test')})")

    @contextlib.contextmanager
    def virtual_host(self):
        name = self.add_virtual_host()
        try:
            yield name
        finally:
            self.delete_virtual_host(name)

    def add_user(self, name, password, configure=".*", write=".*", read=".*", virtual_host="/"):
        """One with these permissions, regular expressions over the names of queues and exchanges."""
        self.evaluate(f"ok = rabbit_auth_backend_internal:add_user({binary(name)}, {binary(password)}, {binary('test')})")
        self.set_permissions(name, virtual_host, configure, write, read)

    def set_permissions(self, name, virtual_host, configure=".*", write=".*", read=".*"):
        values = ", ".join(map(binary, (name, virtual_host, configure, write, read, "test")))
        self.evaluate(f"ok = rabbit_auth_backend_internal:set_permissions({values})")

    # --- trouble

    def set_memory_alarm(self, on):
        """While it is on, connections that publish are blocked. Returns when the node has taken note."""
        self.evaluate(f"vm_memory_monitor:set_vm_memory_high_watermark({'0.0' if on else '0.6'})")
        self._wait_for_alarm("memory", on)

    def set_disk_alarm(self, on):
        limit = 1 << 60 if on else 50_000_000
        self.evaluate(f"rabbit_disk_monitor:set_disk_free_limit({limit})")
        self._wait_for_alarm("disk", on)

    def _wait_for_alarm(self, resource, on):
        raised = f"lists:any(fun({{{{resource_limit, R, _}}, _}}) -> R =:= {resource}; (_) -> false end, rabbit_alarm:get_alarms())"
        # The alarm is an event on its way from the monitor; the node waits for it, not the test.
        self.evaluate(f"""
            Wait = fun Wait(0) -> error(alarm_did_not_change);
                       Wait(Left) -> case {raised} of
                           {str(bool(on)).lower()} -> ok;
                           _ -> timer:sleep(10), Wait(Left - 1) end end,
            Wait(1000)""")

    def limit_queue(self, name, most, virtual_host="/"):
        """The queue takes no more than about `most` waiting messages and refuses the rest, by basic.nack.

        A full quorum queue does not notice that the limit is gone (rabbitmq-server#12206), only that there is room.
        """
        pattern = "^" + name.replace(".", "[.]") + "$"
        limit = f"[{{{binary('max-length')}, {most}}}, {{{binary('overflow')}, {binary('reject-publish')}}}]"
        self.evaluate(f"""ok = rabbit_policy:set({binary(virtual_host)}, {binary('limit of ' + name)}, {binary(pattern)},
            {limit}, 0, {binary('queues')}, {binary('test')})""")

    def sync_declarations(self):
        """To be called before kill() when quorum queues were just declared.

        The node writes down half a second later which files belong to them; killed before, it comes back with the queue
        empty and without a leader, whatever it had confirmed.
        """
        self.evaluate("[ok = dets:sync(Table) || Table <- dets:all()]")

    def close_connections(self, reason="closed by a test"):
        """As an administrator does it: each gets connection.close with this reason (320)."""
        self.evaluate(f"[rabbit_networking:close_connection(Pid, {json.dumps(reason)}) || Pid <- rabbit_networking:connections()]")

    # --- to look at

    @contextlib.contextmanager
    def channel(self, virtual_host="/"):
        """A channel of pika, a client that is not ours: for declaring, publishing, getting, purging, counting."""
        import pika  # a broker in the foreground does without
        parameters = pika.ConnectionParameters("127.0.0.1", self.port, virtual_host)
        connection = pika.BlockingConnection(parameters)
        try:
            yield connection.channel()
        finally:
            if connection.is_open:
                connection.close()

    def count_messages(self, queue, virtual_host="/"):
        """Those that are ready to be delivered."""
        with self.channel(virtual_host) as channel:
            return channel.queue_declare(queue, passive=True).method.message_count

    def list_queues(self, virtual_host="/"):
        """Of each queue its name, type, whether it is durable, and how many consumers and messages it has."""
        return json.loads(self.evaluate(f"""
            rabbit_json:encode([begin
                Of = fun(Key) -> proplists:get_value(Key, rabbit_amqqueue:info(Queue, [Key])) end,
                Name = element(4, Of(name)),
                {{ok, Ready, Consumers}} = rabbit_amqqueue:stat(Queue),
                #{{name => Name, type => atom_to_binary(Of(type)), durable => Of(durable), ready => Ready, consumers => Consumers}}
            end || Queue <- rabbit_amqqueue:list({binary(virtual_host)})])"""))

    def list_connections(self):
        """Of each connection its user, virtual host, state and number of channels."""
        return json.loads(self.evaluate("""
            rabbit_json:encode([maps:from_list(rabbit_networking:connection_info(Pid, [user, vhost, state, channels]))
                || Pid <- rabbit_networking:connections()])"""))


def binary(text):
    """As an Erlang binary literal, whatever is in it."""
    return "<<" + ",".join(map(str, text.encode())) + ">>"

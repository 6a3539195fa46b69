"""What is measured, on whom, and what twx has to reach."""

import json
import os
import resource
import subprocess
from dataclasses import dataclass
from statistics import median
from typing import Callable

import fetching
import irc
import measure
import subjects
from report import Metric, Target

MIB = 1 << 20


@measure.on_cpu(-1)
def echo_run(setup, subject, connections, size, tls=False):
    seconds = 0.15 if setup.quick else 0.5
    with measure.Server(subject.command, backend=subject.backend) as server:
        load = [setup.program("load"), "pingpong", server.port, connections, size, seconds]
        with measure.Load([*load, "--gate", *(["--tls"] if tls else [])]) as clients:
            clients.wait_gate()
            before = server.cpu_ns()
            clients.pass_gate()
            result = clients.report()
            clients.wait_gate()
            result["cpu_ns"] = server.cpu_ns() - before
            clients.pass_gate()
            clients.finish()
    return result


def echo_latency(setup, subject, connections, tls=False):
    result = echo_run(setup, subject, connections, 64, tls)
    return {
        "CPU us/req": result["cpu_ns"] / 1e3 / result["requests"],
        "p50 us": result["p50_us"],
        "p99 us": result["p99_us"],
        "req/s": result["requests"] / result["seconds"],
    }


def echo_bulk(setup, subject, tls=False):
    result = echo_run(setup, subject, 10, 65536, tls)
    both_ways = 2 * result["bytes"]
    return {
        "CPU s/GB": result["cpu_ns"] / both_ways,
        "MB/s": both_ways / 1e6 / result["seconds"],
    }


def per_request(setup, counter, subject, connections):
    """The difference of two runs, so that start-up, accepts and end are not in it."""
    few, many = (500, 1500) if setup.quick else (1000, 5000)

    def count(requests):
        def work(server):
            load = [setup.program("load"), "pingpong", server.port, connections, 64]
            with measure.Load([*load, "--requests", requests]) as clients:
                clients.report()
                clients.finish()

        return counter(subject.command, work)

    return (count(many) - count(few)) / (many - few)


def echo_cost(setup, subject, connections):
    values = {"syscalls": per_request(setup, measure.server_syscalls, subject, connections)}
    if not subject.forks and not subject.slow_to_trace:
        counter = measure.server_instructions
        values["instructions"] = per_request(setup, counter, subject, connections)
    return values


def idle_memory(setup, subject, wanted, tls=False):
    """Connections that never said anything, then the same after one byte each way."""
    wanted = min(wanted, 1000) if setup.quick else wanted
    count = min(wanted, resource.getrlimit(resource.RLIMIT_NOFILE)[1] - 100)
    with measure.Server(subject.command) as server:
        open_before = len(os.listdir(f"/proc/{server.pid}/fd"))
        before = measure.private_bytes(server.pid)
        command = [setup.program("load"), "idle", server.port, count, "--speak"]
        with measure.Load([*command, *(["--tls"] if tls else [])]) as clients:
            clients.wait_gate()
            server.wait_descriptors(open_before + count)
            silent = measure.private_bytes(server.pid)
            clients.pass_gate()
            clients.wait_gate()
            spoken = measure.private_bytes(server.pid)
            clients.pass_gate()
            clients.finish()
    return {"B/conn": (silent - before) / count, "after a byte": (spoken - before) / count}


@measure.on_cpu(-1)
def conn_rate(setup, subject):
    count = (200 if subject.forks else 4000) // (4 if setup.quick else 1)
    with measure.Server(subject.command) as server:
        before = server.cpu_ns()
        with measure.Load([setup.program("load"), "greet", server.port, 8, count]) as clients:
            result = clients.report()
            clients.finish()
        server.wait_childless()
        cpu = server.cpu_ns() - before
    return {
        "CPU us/conn": cpu / 1e3 / result["requests"],
        "p50 us": result["p50_us"],
        "conn/s": result["requests"] / result["seconds"],
    }


def send_zeros(command, size):
    """Wall seconds, and CPU seconds of the sender and of the producer.

    That one writes 128 KiB at a time, as cat does; head's 4 KiB never fill a pipe."""
    zeros = ["dd", "if=/dev/zero", "bs=128K", f"count={size // (128 * 1024)}"]
    producer = subprocess.Popen(zeros, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    try:
        wall, sender_cpu, status = measure.run(command, stdin_fd=producer.stdout.fileno())
        if status != 0:
            raise measure.BenchError(f"exit status {status}")
        # Not waited for yet, so it is still there to be asked.
        return wall, sender_cpu, measure.own_cpu_ns(producer.pid) / 1e9
    finally:
        producer.stdout.close()
        measure.end_process(producer)


def pipe(setup, subject):
    """Nothing is pinned, as for users. Then the kernel charges a varying part of the sending to the
    sink (while that gives an ACK), so single rounds differ by a factor of two: many of them count.
    With producer and sender on one CPU all senders cost much the same, splice(2) or not."""
    size = 128 * MIB if setup.quick else 1024 * MIB
    with measure.Server([setup.program("epoll_sink"), "0"]) as sink:
        before = sink.cpu_ns()
        command = [word.replace("{port}", str(sink.port)) for word in subject.command]
        wall, sender_cpu, producer_cpu = send_zeros(command, size)
        sink.wait(lambda: "received" in sink.said(), "the sink to see the end", 5)
        both_cpu = sender_cpu + (sink.cpu_ns() - before) / 1e9
    if f"received {size}\n" not in sink.said():
        raise measure.BenchError(f"bytes lost: {sink.said()[-100:]!r}")
    gigabytes = size / 1e9
    return {
        "send CPU s/GB": sender_cpu / gigabytes,
        "both s/GB": both_cpu / gigabytes,
        "+ producer": (both_cpu + producer_cpu) / gigabytes,
        "GB/s": gigabytes / wall,
    }


@measure.on_cpu(-1)
def fanout_run(setup, subject, receivers, window):
    seconds = 0.3 if setup.quick else 1
    command = [setup.program("load"), "fanout"]
    with measure.Server(subject.command) as server:
        command += [server.port, receivers, window, seconds]
        command += ["--named"] if subject.name == "twx" else []
        with measure.Load(command) as clients:
            clients.wait_gate()
            before = server.cpu_ns()
            clients.pass_gate()
            result = clients.report()
            clients.wait_gate()
            cpu = server.cpu_ns() - before
            clients.pass_gate()
            clients.finish()
    return {
        "CPU us/delivery": cpu / 1e3 / result["deliveries"],
        "deliveries/s": result["deliveries"] / result["seconds"],
    }


def startup(setup, subject):
    """The quickest run counts for wall: the others waited for somebody else's program."""
    command = list(subject.command)
    runs = [measure.run(command) for _ in range(5 if setup.quick else 20)]
    if subject.name == "twx" and any(status for _, _, status in runs):
        raise measure.BenchError("it failed")
    return {
        "wall ms": min(wall for wall, _, _ in runs) * 1e3,
        "CPU ms": median(cpu for _, cpu, _ in runs) * 1e3,
        "M instructions": measure.program_instructions(command) / 1e6,
    }


@measure.on_cpu(-1)
def part(setup, subject, batches):
    """What the program says; of its batches the quickest counts."""
    with measure.Load([*subject.command, batches // (4 if setup.quick else 1)]) as program:
        result = program.report()
        program.finish()
    return result


def lines(setup, subject):
    """Nanoseconds of CPU per byte received; 1 is 1 GB/s."""
    seconds = "0.1" if setup.quick else "0.4"
    done = subprocess.run(
        [*subject.command, seconds], capture_output=True, timeout=measure.PATIENCE, check=True
    )
    ns = json.loads(done.stdout)
    return {
        "80 B lines": ns["lines"],
        "64 KiB line": ns["large"],
        "in 16 B reads": ns["small"],
        "GB/s of 80 B": 1 / ns["lines"],
    }


@dataclass(frozen=True)
class Benchmark:
    title: str
    limit: str
    subjects: Callable  # of a Setup
    measure: Callable  # of a Setup and a Subject; returns the values of one round
    metrics: tuple
    targets: tuple
    rounds: int = 99  # where counts repeat, more rounds than this show nothing


def latency_benchmark(connections, limit, candidates, most, peers=(), tls=False):
    return Benchmark(
        f"64-byte echo{' over TLS' if tls else ''}, {connections} connection(s), closed loop",
        limit,
        candidates,
        lambda setup, subject: echo_latency(setup, subject, connections, tls),
        (
            Metric("CPU us/req"),
            Metric("p50 us", 1, False),
            Metric("p99 us", 1, False),
            Metric("req/s", 0, False),
        ),
        (
            Target("CPU us/req", most, limit),
            *(Target("CPU us/req", 1, peer) for peer in peers),
        ),
    )


def cost_benchmark(connections, syscalls):
    return Benchmark(
        f"64-byte echo, {connections} connection(s): repeatable cost per request",
        "epoll_echo",
        subjects.echo,
        lambda setup, subject: echo_cost(setup, subject, connections),
        (Metric("syscalls"), Metric("instructions", 0)),
        (Target("syscalls", syscalls), Target("instructions", 1000)),
        rounds=1,
    )


def fanout_benchmark(receivers, window, most):
    return Benchmark(
        f"a line of one to {receivers}, {window} in flight",
        "epoll_broadcast",
        subjects.fanout,
        lambda setup, subject: fanout_run(setup, subject, receivers, window),
        (Metric("CPU us/delivery", 3), Metric("deliveries/s", 0, False)),
        (
            Target("CPU us/delivery", most, "epoll_broadcast"),
            Target("CPU us/delivery", 1, "twisted"),
            Target("CPU us/delivery", 1, "ncat --chat"),
        ),
    )


TLS_PEERS = ("stunnel", "socat", "ncat")


def tls_latency_benchmark(connections):
    return latency_benchmark(connections, "tls_echo", subjects.tls_echo, 1.2, TLS_PEERS, tls=True)


def large_fetch_benchmark(where, others, **how):
    return Benchmark(
        f"1 GiB from nginx {where}",
        "curl",
        lambda setup: fetching.clients(setup, "twx", "curl", *others),
        lambda setup, subject: fetching.large(setup, subject, **how),
        (Metric("CPU s/GB", 3), Metric("GB/s", 2, False)),
        tuple(Target("CPU s/GB", 1, peer) for peer in ("curl", *others)),
        rounds=3,
    )


def page_fetch_benchmark(scheme):
    return Benchmark(
        f"a page of 1 KiB by {scheme}, a whole process",
        "curl",
        lambda setup: fetching.clients(setup, "twx", "curl", "wget", "aria2"),
        lambda setup, subject: fetching.page(setup, subject, tls=scheme == "https"),
        (Metric("wall ms"), Metric("CPU ms", 2, False), Metric("M instructions", 2)),
        (Target("wall ms", 1, "curl"), Target("M instructions", 1, "curl")),
        rounds=2,
    )


BENCHMARKS = {
    "echo-latency-1": latency_benchmark(1, "epoll_echo", subjects.echo, 1.15),
    "echo-latency-100": latency_benchmark(100, "epoll_echo", subjects.echo, 1.15),
    "echo-bulk": Benchmark(
        "64 KiB echo, 10 connections, bytes of both directions",
        "epoll_echo",
        subjects.echo,
        echo_bulk,
        (Metric("CPU s/GB", 3), Metric("MB/s", 0, False)),
        (Target("CPU s/GB", 1.15, "epoll_echo"),),
    ),
    "echo-cost-1": cost_benchmark(1, 3.5),
    "echo-cost-100": cost_benchmark(100, 2.5),
    "idle-memory": Benchmark(
        "private memory of the server per idle connection",
        "epoll_echo",
        subjects.idle,
        lambda setup, subject: idle_memory(setup, subject, 9500),
        (Metric("B/conn", 0, False), Metric("after a byte", 0, False)),
        (Target("B/conn", 1000), Target("after a byte", 1000)),
        rounds=2,
    ),
    "tls-latency-1": tls_latency_benchmark(1),
    "tls-latency-100": tls_latency_benchmark(100),
    "tls-bulk": Benchmark(
        "64 KiB echo over TLS, 10 connections, bytes of both directions",
        "tls_echo",
        subjects.tls_echo,
        lambda setup, subject: echo_bulk(setup, subject, tls=True),
        (Metric("CPU s/GB", 3), Metric("MB/s", 0, False)),
        (
            Target("CPU s/GB", 1.15, "tls_echo"),
            *(Target("CPU s/GB", 1, peer) for peer in TLS_PEERS),
        ),
    ),
    "tls-memory": Benchmark(
        "private memory of the server per idle connection over TLS",
        "tls_echo",
        subjects.tls_idle,
        lambda setup, subject: idle_memory(setup, subject, 2000, tls=True),
        (Metric("B/conn", 0, False), Metric("after a byte", 0, False)),
        (Target("B/conn", 61440), Target("after a byte", 61440)),
        rounds=2,
    ),
    "conn-rate": Benchmark(
        "a quote per connection, 8 at a time",
        "epoll_echo",
        subjects.qotd,
        conn_rate,
        (Metric("CPU us/conn", 1), Metric("p50 us", 0, False), Metric("conn/s", 0, False)),
        (Target("CPU us/conn", 1.3, "epoll_echo"),),
    ),
    "pipe": Benchmark(
        "a producer's pipe to a TCP sink",
        "splice_send",
        subjects.senders,
        pipe,
        (
            Metric("send CPU s/GB", 3),
            Metric("both s/GB", 3),
            Metric("+ producer", 3, False),
            Metric("GB/s", 2, False),
        ),
        (
            Target("send CPU s/GB", 1.15, "splice_send"),
            Target("both s/GB", 1.15, "splice_send"),
            Target("send CPU s/GB", 0.5, "nc"),
        ),
    ),
    "fanout-200-1": fanout_benchmark(200, 1, 1.15),
    "fanout-200-16": fanout_benchmark(200, 16, 1.3),
    "fanout-1000-1": fanout_benchmark(1000, 1, 1.15),
    "fanout-1000-16": fanout_benchmark(1000, 16, 1.3),
    "lines": Benchmark(
        "cutting a stream into lines, ns/byte; 64 KiB reads but for the third figure",
        "memchr",
        subjects.line_splitters,
        lines,
        (
            Metric("80 B lines", 3),
            Metric("64 KiB line", 3),
            Metric("in 16 B reads", 3),
            Metric("GB/s of 80 B", 2, False),
        ),
        (Target("80 B lines", 1), Target("in 16 B reads", 1)),
    ),
    "startup": Benchmark(
        "start, say the version, end",
        "empty",
        subjects.starters,
        startup,
        (Metric("wall ms"), Metric("CPU ms", 2, False), Metric("M instructions", 3, False)),
        (
            Target("wall ms", 2.5, "empty"),
            Target("M instructions", 0.6),
            Target("wall ms", 1, "ncat"),
            Target("wall ms", 1, "socat"),
            Target("wall ms", 1, "curl"),
        ),
    ),
    "help": Benchmark(
        "start, show the help, end",
        "empty",
        subjects.explainers,
        startup,
        (Metric("wall ms"), Metric("CPU ms", 2, False), Metric("M instructions", 3, False)),
        tuple(Target("wall ms", 1, peer) for peer in ("ncat", "socat", "curl")),
    ),
    "deferred": Benchmark(
        "create a Deferred, add callbacks or await it, fire: ns of CPU time and allocations",
        "by_hand",
        lambda setup: subjects.parts(setup, "deferred"),
        lambda setup, subject: part(setup, subject, 200),
        (
            Metric("callback ns", 1),
            Metric("callback allocations", 0, False),
            Metric("5 callbacks ns", 1, False),
            Metric("5 callbacks allocations", 0, False),
            Metric("await ns", 1, False),
            Metric("await allocations", 0, False),
        ),
        (Target("callback ns", 100), Target("callback allocations", 1)),
    ),
    "timers": Benchmark(
        "cancel a call and ask for another, with so many pending: ns, and at most so many"
        " comparisons",
        "by_hand",
        lambda setup: subjects.parts(setup, "timers"),
        lambda setup, subject: part(setup, subject, 20),
        (
            Metric("ns 1k", 0, False),
            Metric("ns 100k", 0, False),
            Metric("ns 1M", 0),
            Metric("cmp 1k", 0, False),
            Metric("cmp 100k", 0, False),
            Metric("cmp 1M", 0, False),
        ),
        # A way up the heap and one down, of 20 levels: 3 comparisons each.
        (Target("cmp 1M", 60), Target("ns 1M", 1.15, "by_hand")),
    ),
    "http-head": Benchmark(
        "read a response's head of 8 fields, and a URL: ns of CPU time and allocations",
        "by_hand",
        lambda setup: subjects.parts(setup, "http_head"),
        lambda setup, subject: part(setup, subject, 100),
        (
            Metric("head ns", 0),
            Metric("head allocations", 0, False),
            Metric("URL ns", 0),
            Metric("URL allocations", 0, False),
        ),
        (Target("head ns", 4, "by_hand"), Target("URL ns", 5, "by_hand")),
    ),
    "fetch-file": large_fetch_benchmark("to a file", ("wget", "aria2")),
    "fetch-null": large_fetch_benchmark("to /dev/null", ("wget",), to_file=False),
    "fetch-tls": large_fetch_benchmark("by https to /dev/null", ("wget",), tls=True, to_file=False),
    "fetch-page": page_fetch_benchmark("http"),
    "fetch-page-tls": page_fetch_benchmark("https"),
    "fetch-many": Benchmark(
        "1,000 pages of 1 KiB in one process, 50 at a time",
        "curl",
        fetching.several,
        fetching.many,
        (Metric("CPU us/URL", 1), Metric("wall ms", 1)),
        (Target("CPU us/URL", 0.4, "curl"), Target("wall ms", 1, "curl")),
    ),
    "irc-burst": Benchmark(
        "a server of IRC says a million lines in 100 channels, a file for each",
        "znc",
        irc.loggers,
        irc.burst,
        (
            Metric("CPU us/line"),
            Metric("lines/CPU s", 0, False),
            Metric("peak MiB", 1, False),
            Metric("lines/s", 0, False),
        ),
        (Target("CPU us/line", 1, "znc"), Target("peak MiB", 32)),
        rounds=3,
    ),
    "irc-idle": Benchmark(
        "a logger in 100 channels of IRC in which nothing is said, for three seconds",
        "znc",
        irc.idle_loggers,
        irc.idle,
        (Metric("resident MiB", 1), Metric("wake-ups", 0, False)),
        (Target("resident MiB", 8), Target("wake-ups", 0)),
        rounds=1,
    ),
}

#!/usr/bin/env python3
"""Measures twx against hand-written limits and against its peers; `./dev bench` runs this.

The subjects of a benchmark take turns, round by round, so that all of them see the same load on
the machine. CPU time per unit is what counts; wall-clock figures only indicate, the more so as
server and clients share one CPU (measure.on_cpu says why).
"""

import argparse
import os
import platform
import resource
import signal
import subprocess
import sys

import measure
import network
import report
import subjects
from benchmarks import BENCHMARKS


def measured(results, benchmark, setup, subject):
    try:
        results.add(subject.name, benchmark.measure(setup, subject))
    except (measure.BenchError, OSError, subprocess.SubprocessError) as error:
        results.fail(subject.name, str(error))


def run_benchmark(benchmark, setup, rounds, chosen):
    """One that fails is not tried again: a subject that hangs would cost a minute each round."""
    candidates = benchmark.subjects(setup)
    wanted = [s for s in candidates if not chosen or s.name in (*chosen, "twx", benchmark.limit)]
    results = report.Results(benchmark.limit, [subject.name for subject in wanted])
    for turn in range(min(rounds, benchmark.rounds)):
        first = turn % len(wanted)  # so that no subject always follows the same other one
        for subject in wanted[first:] + wanted[:first]:
            if subject.name not in results.failures:
                measured(results, benchmark, setup, subject)
    return results


def machine(where, rounds, quick):
    load = os.getloadavg()[0]
    kind = "quick look, not to be quoted" if quick else f"{rounds} rounds"
    return f"Linux {platform.release()}, {os.cpu_count()} CPUs, {where}, load {load:.1f}, {kind}."


def parse_arguments():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--twx", required=True, metavar="PATH", help="the program to measure")
    parser.add_argument("--programs", required=True, metavar="DIR", help="where bench_* were built")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--quick", action="store_true", help="2 short rounds: does it work at all")
    parser.add_argument("--only", default="", metavar="NAME,...", help="benchmarks or subjects")
    parser.add_argument("--markdown", metavar="FILE", help="write the tables there too")
    parser.add_argument("--strict", action="store_true", help="a missed target is a failure")
    parser.add_argument("names", nargs="*", help="benchmarks or subjects: " + ", ".join(BENCHMARKS))
    return parser.parse_intermixed_args()


def selection(arguments):
    """Benchmarks and subjects that were named; the limit and twx are always measured."""
    named = [name for name in arguments.only.split(",") if name] + arguments.names
    known = {"twx", "epoll_echo", "epoll_broadcast", "asio_echo", "splice_send", "memchr", "empty"}
    known |= {"by_hand", "tls_echo"}
    known |= {"twisted", "socat", "ncat", "nc", "curl", "stunnel", "wget", "aria2", "znc"}
    for name in named:
        if name not in BENCHMARKS and name not in known:
            sys.exit(f"bench.py: there is no {name}; benchmarks: {', '.join(BENCHMARKS)}")
    return [n for n in BENCHMARKS if n in named] or list(BENCHMARKS), known.intersection(named)


def require(*programs):
    for program in programs:
        if not os.access(program, os.X_OK):
            sys.exit(f"bench.py: {program} is not there, or cannot be run")


def raise_descriptor_limit():
    """For the idle connections. Not to the hard limit: some peers walk through all of them."""
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, 20000), hard))


def publish(name, benchmark, results, document):
    rows = report.table(results, benchmark.metrics)
    said = report.notes(results, benchmark.targets)
    print(f"\n{name}: {benchmark.title}", *report.aligned(rows), *said, sep="\n", flush=True)
    bullets = ["- " + line for line in said]
    document += [f"## {name}", "", benchmark.title, "", *report.markdown(rows), "", *bullets, ""]


def main():
    arguments = parse_arguments()
    benchmarks, chosen = selection(arguments)
    rounds = 2 if arguments.quick else max(1, arguments.rounds)
    setup = subjects.Setup(os.path.abspath(arguments.twx), arguments.programs, arguments.quick)
    require(setup.twx, setup.program("load"))
    raise_descriptor_limit()
    document = ["# Benchmarks", "", machine(network.begin(), rounds, arguments.quick), ""]
    print(document[2])
    failed = missed = False
    for name in benchmarks:
        benchmark = BENCHMARKS[name]
        results = run_benchmark(benchmark, setup, rounds, chosen)
        publish(name, benchmark, results, document)
        failed = failed or "twx" in results.failures
        missed = missed or any(v == "miss" for v, _ in report.verdicts(results, benchmark.targets))
    if arguments.markdown:
        with open(arguments.markdown, "w", encoding="utf-8") as file:
            file.write("\n".join(document))
    return 1 if failed or (missed and arguments.strict) else 0


if __name__ == "__main__":
    # As an exception, so that the servers are ended on the way out.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit(130)

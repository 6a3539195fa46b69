"""The traps, each tried with one program. A trial raises Wrong where the program falls in."""

import contextlib
import fcntl
import os
import random
import socket
import struct
import subprocess
import sys
import time

from trial import PATIENCE, Program, expect, over_tls, read_all, readable, signal_of

MIB = 1024 * 1024
TRAPS = {}


def trap(text, form="connect"):
    """`form` is the member of Tool that the trial needs."""

    def mark(trial):
        TRAPS[text] = (trial, form)
        return trial

    return mark


def lose(sock):
    sock.sendall(b"lost\n")


def say_and_wait(data):
    """A peer that then stays, silent."""

    def talk(sock):
        sock.sendall(data)
        sock.recv(1)

    return talk


def answer_late(sock):
    got = read_all(sock)
    time.sleep(1)
    sock.sendall(b"answer to " + got)


def check_answer(program, wanted=b"answer to x\n"):
    """All of it, and status 0."""
    status = program.wait()
    count = len(os.path.commonprefix([bytes(program.out), wanted]))
    expect(program.out == wanted, f"{count} of {len(wanted)} bytes, {signal_of(status)}")
    expect(status == 0, signal_of(status))


# --- ends ---


@trap("An answer that comes 1 s after the end of input is printed")
def late_answer(trial):
    program = trial.run(trial.tool.connect, trial.peer(answer_late))
    program.send(b"x\n")
    check_answer(program)


@trap("The same over TLS", "tls")
def late_answer_over_tls(trial):
    def talk(tls):
        answer_late(tls)
        with contextlib.suppress(OSError):
            tls.unwrap()

    program = trial.run(trial.tool.tls, trial.peer(over_tls(talk)))
    program.send(b"x\n")
    check_answer(program)


@trap("The peer closes while input is open and idle: ends within 1 s")
def peer_closes(trial):
    program = trial.run(trial.tool.connect, trial.peer(lambda sock: sock.close()))
    program.wait(PATIENCE / 4)


@trap("The peer half-closes, input comes later: delivered, or a status that is not 0", "half_open")
def half_open(trial):
    got = bytearray()

    def talk(sock):
        sock.shutdown(socket.SHUT_WR)
        got.extend(read_all(sock))

    program = trial.run(trial.tool.half_open, trial.peer(talk))
    time.sleep(1)
    program.send(b"late\n")
    status = program.wait()
    program.until(lambda: got == b"late\n", 0.5)
    expect(got == b"late\n" or status != 0, f"{len(got)} of 5 bytes, {signal_of(status)}")


@trap("stdin is closed (<&-): prints what comes, and ends")
def closed_stdin(trial):
    back = bytearray()

    def talk(sock):
        sock.sendall(b"hi\n")
        sock.shutdown(socket.SHUT_WR)
        back.extend(read_all(sock))

    program = trial.run(trial.tool.connect, trial.peer(talk), "<&-")
    status = program.wait()
    expect(program.out == b"hi\n", f"{len(program.out)} of 3 bytes, {signal_of(status)}")
    expect(not back, "sends the peer its own bytes")


@trap("A reset in mid-stream: prints what came, and a status that is not 0")
def reset(trial):
    def talk(sock):
        time.sleep(0.3)
        sock.sendall(b"before\n")
        program.shows(b"before\n")
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        sock.close()

    program = None
    port = trial.peer(talk)
    program = trial.run(trial.tool.connect, port)
    status = program.wait()
    expect(program.out == b"before\n", f"{len(program.out)} of 7 bytes")
    expect(status != 0, "status 0")


@trap("TLS that is cut without a close_notify: a status that is not 0", "tls")
def tls_cut(trial):
    program = trial.run(trial.tool.tls, trial.peer(over_tls(lambda tls: tls.sendall(b"half a"))))
    status = program.wait()
    expect(program.out == b"half a", f"{len(program.out)} of 6 bytes, {signal_of(status)}")
    expect(status != 0, "status 0")


@trap("The same for a page by https whose length is not told", "https")
def https_cut(trial):
    def talk(tls):
        tls.recv(65536)
        tls.sendall(b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\nhalf a")

    program = trial.run(trial.tool.https, trial.peer(over_tls(talk)))
    status = program.wait()
    expect(status != 0, "status 0")


# --- bytes ---


@trap("8 MiB each way through a peer that reads late: the same come back")
def both_ways(trial):
    data = random.Random(1).randbytes(8 * MIB)

    def talk(sock):
        time.sleep(0.5)
        while piece := sock.recv(65536):
            sock.sendall(piece)
        sock.shutdown(socket.SHUT_WR)

    path = os.path.join(trial.folder, "input")
    with open(path, "wb") as file:
        file.write(data)
    with open(path, "rb") as file:
        program = trial.run(trial.tool.connect, trial.peer(talk), stdin=file)
        status = program.wait()
    expect(program.out == data, f"{len(program.out)} of {len(data)} bytes, {signal_of(status)}")
    expect(status == 0, signal_of(status))


@trap("stdout is full (/dev/full): a status that is not 0")
def full(trial):
    program = trial.run(trial.tool.connect, trial.peer(lose), ">/dev/full")
    time.sleep(0.5)
    program.end_input()
    expect(program.wait() != 0, "status 0, all lost")


@trap("stdout is closed (>&-): a status that is not 0")
def closed_stdout(trial):
    program = trial.run(trial.tool.connect, trial.peer(lose), ">&-")
    time.sleep(0.5)
    program.end_input()
    expect(program.wait() != 0, "status 0, all lost")


@trap("The reader of stdout goes away: ends within 2 s")
def reader_goes(trial):
    def talk(sock):
        while True:
            sock.sendall(b"more\n" * 1000)

    program = trial.run(trial.tool.connect, trial.peer(talk), "| head -c 10")
    program.wait(PATIENCE / 2)


@trap("stdout is blocked, the peer offers 200 MiB: memory stays below 32 MiB")
def blocked(trial):
    sent = [0]

    def talk(sock):
        sock.settimeout(1)
        with contextlib.suppress(TimeoutError):
            while sent[0] < 200 * MIB:
                sent[0] += sock.send(bytes(65536))

    reader, writer = os.pipe()
    trial.later(os.close, reader)
    program = trial.run(trial.tool.connect, trial.peer(talk), stdout=writer)
    os.close(writer)
    before = -1
    while before != sent[0] or not sent[0]:
        before = sent[0]
        time.sleep(0.7)
        expect(program.process.poll() is None, "ends early")
    expect(sent[0] < 100 * MIB, f"takes {sent[0] // MIB} MiB")
    most = 32 * MIB * (20 if trial.slow else 1)
    expect(program.memory() < most, f"holds {program.memory() // MIB} MiB")


@trap("A prompt without a newline is printed at once")
def prompt(trial):
    program = trial.run(trial.tool.connect, trial.peer(say_and_wait(b"login: ")))
    expect(program.shows(b"login: ", PATIENCE / 2), "held back")


@trap("The pipe that is shared with the shell stays as it was (O_NONBLOCK)")
def shared_pipe(trial):
    reader, writer = os.pipe()
    for fd in (reader, writer):
        trial.later(os.close, fd)
    program = trial.run(trial.tool.connect, trial.peer(say_and_wait(b"hi\n")), stdin=reader)
    program.shows(b"hi\n", PATIENCE / 2)
    changed = fcntl.fcntl(reader, fcntl.F_GETFL) & os.O_NONBLOCK
    expect(not changed, "no longer blocks")


@trap("A peer's control sequences do not reach a terminal")
def terminal(trial):
    ours, theirs = os.openpty()
    trial.later(os.close, ours)
    evil = b"\033]0;title\a\033[31mred"
    program = trial.run(trial.tool.connect, trial.peer(say_and_wait(evil)), stdout=theirs)
    os.close(theirs)
    shown = b""
    while b"red" not in shown and readable(ours, PATIENCE / 2):
        shown += os.read(ours, 4096)
    expect(program.process.poll() is None, "ends early")
    expect(b"\033" not in shown, "they do")


# --- datagrams ---


@trap("A UDP answer that comes after 0.8 s is printed, and the program ends", "udp")
def udp_late(trial):
    def talk(sock):
        where = sock.recvfrom(100)[1]
        time.sleep(0.8)
        sock.sendto(b"answer\n", where)

    program = trial.run(trial.tool.udp, trial.peer(talk, kind=socket.SOCK_DGRAM))
    program.send(b"x\n")
    status = program.wait()
    expect(program.out == b"answer\n", f"{len(program.out)} of 7 bytes, {signal_of(status)}")


@trap("A datagram of 60,000 bytes is printed whole", "udp")
def udp_long(trial):
    def talk(sock):
        sock.sendto(bytes(60000), sock.recvfrom(100)[1])

    program = trial.run(trial.tool.udp, trial.peer(talk, kind=socket.SOCK_DGRAM))
    program.write(b"x\n")
    program.until(lambda: len(program.out) >= 60000, 1)
    expect(len(program.out) == 60000, f"{len(program.out):,} bytes")


@trap("An empty datagram is no end", "udp")
def udp_empty(trial):
    def talk(sock):
        where = sock.recvfrom(100)[1]
        sock.sendto(b"", where)
        time.sleep(0.3)
        sock.sendto(b"after\n", where)

    program = trial.run(trial.tool.udp, trial.peer(talk, kind=socket.SOCK_DGRAM))
    program.write(b"x\n")
    expect(program.shows(b"after\n", PATIENCE / 2), "the next is not printed")


@trap("Nobody has the UDP port: a message, and a status that is not 0", "udp")
def udp_refused(trial):
    program = trial.run(trial.tool.udp, trial.closed_port(socket.SOCK_DGRAM))
    program.write(b"x\n")
    time.sleep(0.2)
    with contextlib.suppress(OSError):
        program.write(b"y\n")
        program.end_input()
    status = program.wait()
    expect(status != 0, "status 0")
    expect(program.err, f"{signal_of(status)}, but no word")


# --- time, errors, processes ---


@trap("A refused connection: a message, and a status that is not 0")
def refused(trial):
    program = trial.run(trial.tool.connect, trial.closed_port())
    program.end_input()
    status = program.wait()
    expect(status != 0, "status 0")
    expect(program.err, f"{signal_of(status)}, but no word")


@trap("A limit of 1 s to connect, nobody answers: ends after 1 to 2 s", "connect_timeout")
def connect_timeout(trial):
    listener = socket.socket()
    trial.later(listener.close)
    listener.bind(("127.0.0.1", 0))
    listener.listen(0)
    while True:  # until nobody more is let in
        filler = socket.socket()
        trial.later(filler.close)
        filler.settimeout(0.2)
        if filler.connect_ex(listener.getsockname()):
            break
    begin = time.monotonic()
    program = trial.run(trial.tool.connect_timeout, listener.getsockname()[1])
    status = program.wait()
    took = time.monotonic() - begin
    expect(0.9 < took < PATIENCE / 2, f"after {took:.0f} s")
    expect(status != 0, "status 0")


@trap("A limit of 1 s for an idle peer: a status that is not 0", "idle_timeout")
def idle_timeout(trial):
    program = trial.run(trial.tool.idle_timeout, trial.peer(lambda s: s.recv(1)))
    status = program.wait()
    expect(status != 0, "status 0")


@trap("SIGTERM for a listener ends nobody else", "listen")
def terminated(trial):
    port = trial.closed_port(socket.SOCK_DGRAM)
    command = trial.tool.listen.format(port=port)
    shell = f"bash -c '{command} >/dev/null 2>&1 & sleep 0.5; kill -TERM $!; wait $!; echo alive'"
    program = Program(trial, shell, stdin=subprocess.DEVNULL, start_new_session=True)
    program.wait()
    expect(program.out == b"alive\n", "the script that started it dies too")


@trap("A port of the system's choice is told", "listen_anywhere")
def any_port(trial):
    program = trial.run(trial.tool.listen_anywhere)

    def told():
        port = program.listening_port()
        return port and str(port).encode() in program.err

    expect(program.until(told, PATIENCE / 2), "it is not")


@trap("A unix socket that an earlier run has left is no obstacle", "listen_unix")
def stale_socket(trial):
    path = os.path.join(trial.folder, "socket")
    left = socket.socket(socket.AF_UNIX)
    left.bind(path)
    left.listen()
    left.close()
    program = trial.run(trial.tool.listen_unix, stdin=subprocess.PIPE)

    def connects():
        with socket.socket(socket.AF_UNIX) as sock:
            return sock.connect_ex(path) == 0

    ready = program.until(lambda: connects() or program.process.poll() is not None, PATIENCE / 2)
    expect(ready and program.process.poll() is None, "does not listen")


if __name__ == "__main__":
    sys.exit("the traps are tried by traps.py")

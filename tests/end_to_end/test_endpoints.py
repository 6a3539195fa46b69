"""Where servers listen: all forms of an endpoint, inherited sockets, and what stands in the way."""

import contextlib
import json
import os
import shutil
import signal
import socket
import stat
import subprocess
import unittest

from harness import (
    TWX,
    Case,
    connect_to,
    has_ipv6,
    own_hosts,
    poll_until,
    read_all,
    read_exactly,
)

needs_ipv6 = unittest.skipUnless(has_ipv6(), "there is no IPv6 here")


class Tcp(Case):
    def listen(self, endpoint, *args):
        server = self.serve("echo", *args, endpoints=(endpoint,))
        self.assertServes(server)
        return server, server.lines()[0].removeprefix("serve echo: listening on ")

    def test_announces_the_real_port(self):
        """Port 0 picks one."""
        server, place = self.listen("127.0.0.1:0")
        self.assertEqual(place, f"tcp://127.0.0.1:{server.port}")
        self.assertGreater(server.port, 0)

    @needs_ipv6
    def test_port_alone_is_all_interfaces_of_both_families(self):
        """IPv6 and IPv4 with one port, also where that port was picked."""
        server, place = self.listen("0")
        self.assertEqual(place, f"tcp://[::]:{server.port}")
        for address in ("127.0.0.1", "127.0.0.9", "::1"):
            self.assertServes(server, (address, server.port))

    def test_uri(self):
        """tcp://host:port, with or without a slash behind it."""
        for endpoint in ("tcp://127.0.0.1:0", "tcp://127.0.0.1:0/"):
            with self.subTest(endpoint):
                self.listen(endpoint)

    def test_host_by_name(self):
        """host:port; what is announced is the address."""
        server, place = self.listen("localhost:0", "-4")
        self.assertEqual(place, f"tcp://127.0.0.1:{server.port}")

    @needs_ipv6
    def test_ipv6(self):
        """[v6]:port, alone and in a URI."""
        for endpoint in ("[::1]:0", "tcp://[::1]:0"):
            with self.subTest(endpoint):
                server, place = self.listen(endpoint)
                self.assertEqual(place, f"tcp://[::1]:{server.port}")

    @needs_ipv6
    def test_families(self):
        """-4 and -6 keep the other family out."""
        for option, place, other in (
            ("-4", "tcp://0.0.0.0:", "::1"),
            ("-6", "tcp://[::]:", "127.0.0.1"),
        ):
            with self.subTest(option):
                server, announced = self.listen("0", option)
                self.assertEqual(announced, f"{place}{server.port}")
                with self.assertRaises(ConnectionRefusedError):
                    connect_to(self, (other, server.port))

    def test_one_address_is_not_all_of_them(self):
        """A host is an interface."""
        server, _ = self.listen("127.0.0.2:0")
        with self.assertRaises(ConnectionRefusedError):
            connect_to(self, ("127.0.0.1", server.port))

    def test_settings(self):
        """They follow the port as in a query: ?backlog=64."""
        self.listen("tcp://127.0.0.1:0?backlog=64")

    def test_backlog_of_one_holds_others_back(self):
        """?backlog= reaches listen(2)."""
        server, _ = self.listen("tcp://127.0.0.1:0?backlog=1")
        server.signal(signal.SIGSTOP)
        connected = 0
        for _ in range(8):
            sock = self.keep(socket.socket())
            sock.settimeout(0.2)
            try:
                sock.connect(server.place)
                connected += 1
            except TimeoutError:
                break
        server.signal(signal.SIGCONT)
        self.assertLess(connected, 4)

    def test_several(self):
        """One factory on as many endpoints as are given."""
        path = self.path("s")
        server = self.serve("echo", endpoints=("127.0.0.1:0", "127.0.0.2:0", path))
        self.assertEqual(len(set(server.places)), 3)
        for place in server.places:
            self.assertServes(server, place)

    def test_announcement_in_json(self):
        """--log-format json, one object a line."""
        program = self.start("serve", "echo", "127.0.0.1:0", "--log-format", "json", "-v")
        program.wait_err("listening on")
        program.signal(signal.SIGTERM)
        self.assertEqual(program.wait(), 0)
        events = [json.loads(line) for line in program.err.decode().splitlines()]
        self.assertRegex(
            events[0]["message"], r"^serve echo: listening on tcp://127\.0\.0\.1:[1-9]\d*$"
        )
        self.assertEqual(events[0]["level"], "notice")
        for event in events:
            self.assertEqual(set(event), {"time", "level", "message"})
            self.assertRegex(event["time"], r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$")

    def test_quiet_announces_nothing(self):
        """-q is errors only."""
        path = self.path("s")
        program = self.start("serve", "echo", path, "-q")
        # Nothing is said, so the file shows that it listens.
        poll_until(lambda: answers(path), "it listens")
        program.signal(signal.SIGTERM)
        self.assertEqual((program.wait(), program.err), (0, b""))


def answers(path):
    with socket.socket(socket.AF_UNIX) as sock:
        return sock.connect_ex(path) == 0


class InTheWay(Case):
    def test_port_in_use_is_one_line_and_status_7(self):
        """No decoration around the system's message."""
        other = self.listener()
        result = self.run_twx("serve", "echo", f"127.0.0.1:{other.port}")
        self.assertFails(result, 7, f"listen 127.0.0.1:{other.port}: Address already in use")

    def test_port_in_use_by_the_same_server(self):
        """SO_REUSEADDR does not let two listen; the first one serves on."""
        server = self.serve("echo")
        result = self.run_twx("serve", "echo", f"127.0.0.1:{server.port}")
        self.assertFails(result, 7, f"listen 127.0.0.1:{server.port}: Address already in use")
        self.assertServes(server)

    @needs_ipv6
    def test_port_in_use_on_all_interfaces(self):
        """Both families are taken, and that is said once."""
        server = self.serve("echo", endpoints=("0",))
        result = self.run_twx("serve", "echo", str(server.port))
        self.assertFails(result, 7, rf"listen .*{server.port}: Address already in use")

    def test_second_endpoint_in_use_ends_the_first(self):
        """One error, and nothing is left open."""
        other = self.listener()
        path = self.path("s")
        result = self.run_twx("serve", "echo", path, f"127.0.0.1:{other.port}")
        self.assertEqual(result.status, 7)
        self.assertEqual(result.err.count("Address already in use"), 1, result)
        self.assertFalse(os.path.exists(path))

    def test_address_of_another_machine(self):
        """An address that no interface has: could not listen, status 7."""
        result = self.run_twx("serve", "echo", "198.51.100.1:0")
        self.assertFails(result, 7, "listen 198.51.100.1:0: Cannot assign requested address")

    def test_unknown_name(self):
        """A host name that is not found: status 6."""
        command = [*own_hosts(self, "127.0.0.1 known.test"), TWX]
        result = self.run_twx("serve", "echo", "unknown.test:0", command=command)
        self.assertFails(result, 6, "listen unknown.test:0: Name not found")

    def test_folder_that_is_not_there(self):
        """A path in a folder that does not exist: could not listen, status 7."""
        path = self.path("none/s")
        result = self.run_twx("serve", "echo", path)
        self.assertFails(result, 7, f"listen {path}: No such file or directory")


class UnixSocket(Case):
    def test_path_forms(self):
        """The path alone, unix://path and unix:path; all are announced alike."""
        path = self.path("s")
        for endpoint in (path, f"unix://{path}", f"unix:{path}"):
            with self.subTest(endpoint):
                server = self.serve("echo", endpoints=(endpoint,))
                self.assertEqual(server.lines(), [f"serve echo: listening on unix://{path}"])
                self.assertServes(server)
                self.assertEqual(server.stop(), 0)

    def test_relative_path(self):
        """./path is in the working directory, and is removed from it at the end."""
        program = self.start("serve", "echo", "./s", cwd=self.folder)
        program.wait_err("listening on unix:")
        self.assertTrue(stat.S_ISSOCK(os.stat(self.path("s")).st_mode))
        program.signal(signal.SIGTERM)
        self.assertEqual(program.wait(), 0)
        self.assertFalse(os.path.exists(self.path("s")))

    def test_abstract_name(self):
        """unix:@name; see unix(7)."""
        name = os.path.basename(self.folder)
        server = self.serve("echo", endpoints=(f"unix:@{name}",))
        self.assertEqual(server.lines(), [f"serve echo: listening on unix:@{name}"])
        self.assertServes(server, "\0" + name)

    def test_file_is_removed_at_the_end(self):
        """After SIGTERM as after SIGINT."""
        path = self.path("s")
        for number in (signal.SIGTERM, signal.SIGINT):
            with self.subTest(number):
                server = self.serve("echo", endpoints=(path,))
                self.assertTrue(os.path.exists(path))
                self.assertEqual(server.stop(number), 0)
                self.assertFalse(os.path.exists(path))

    def test_stale_file_is_replaced(self):
        """It outlives a killed server."""
        path = self.path("s")
        self.serve("echo", endpoints=(path,)).stop(signal.SIGKILL)
        self.assertTrue(os.path.exists(path))
        server = self.serve("echo", endpoints=(path,))
        self.assertServes(server)

    def test_file_of_a_living_server_is_left_alone(self):
        """What answers is not stale."""
        path = self.path("s")
        server = self.serve("echo", endpoints=(path,))
        result = self.run_twx("serve", "echo", path)
        self.assertFails(result, 7, f"listen {path}: Address already in use")
        self.assertServes(server)
        self.assertEqual(server.stop(), 0)

    def test_file_of_a_busy_server_is_left_alone(self):
        """One whose queue is full lives, too."""
        path = self.path("s")
        listener = self.keep(socket.socket(socket.AF_UNIX))
        listener.bind(path)
        listener.listen(0)
        connect_to(self, path)
        result = self.run_twx("serve", "echo", path)
        self.assertFails(result, 7, f"listen {path}: Address already in use")
        self.assertTrue(os.path.exists(path))

    def test_other_files_are_left_alone(self):
        """What is no socket is not stale."""
        path = self.file("precious", b"data")
        os.symlink(path, self.path("link"))
        for name in (path, self.path("link"), self.folder):
            with self.subTest(name):
                result = self.run_twx("serve", "echo", name)
                self.assertFails(result, 7, f"listen {name}: Address already in use")
        with open(path, "rb") as file:
            self.assertEqual(file.read(), b"data")

    def test_successors_file_is_left_alone(self):
        """It removes its own file, not that of who came after it."""
        path = self.path("s")
        first = self.serve("echo", endpoints=(path,))
        os.unlink(path)
        second = self.serve("echo", endpoints=(path,))
        self.assertEqual(first.stop(), 0)
        self.assertTrue(os.path.exists(path))
        self.assertServes(second)

    def test_path_that_is_too_long(self):
        """A usage error: sun_path of unix(7) has room for no more."""
        result = self.run_twx("serve", "echo", "/tmp/" + "x" * 120)
        self.assertEqual(result.status, 2)
        self.assertIn("longer than 107 bytes", result.err)


class Inherited(Case):
    def inherit(self, sock, *args, **options):
        """A server on a socket of ours, passed as systemd passes it: descriptor 3, LISTEN_FDS."""
        number = sock.fileno()
        script = f'exec 3<&{number}; LISTEN_PID=$$ exec "$@"'
        return self.serve(
            "echo",
            *args,
            endpoints=("fd:3",),
            command=["sh", "-c", script, "sh", TWX],
            pass_fds=(number,),
            env={**os.environ, "LISTEN_FDS": "1"},
            **options,
        )

    def listening(self):
        sock = self.keep(socket.create_server(("127.0.0.1", 0)))
        return sock, sock.getsockname()

    def test_listening_socket(self):
        """fd:3 with LISTEN_FDS; see sd_listen_fds(3)."""
        sock, place = self.listening()
        server = self.inherit(sock)
        self.assertEqual(server.place, place)
        self.assertServes(server)

    def test_any_number(self):
        """fd:N without LISTEN_FDS."""
        sock, place = self.listening()
        number = sock.fileno()
        server = self.serve("echo", endpoints=(f"fd:{number}",), pass_fds=(number,))
        self.assertEqual(server.place, place)
        self.assertServes(server)

    def test_in_several_threads(self):
        """--threads 3 on one socket."""
        sock, _ = self.listening()
        server = self.inherit(sock, "--threads", "3")
        for _ in range(6):
            self.assertServes(server)

    def test_restarts_refuse_nobody(self):
        """The socket is held by who started it."""
        sock, place = self.listening()
        for _ in range(5):
            server = self.inherit(sock)
            self.assertServes(server)
            self.assertEqual(server.stop(), 0)
            waiting = connect_to(self, place)
            waiting.sendall(b"between")
            successor = self.inherit(sock)
            self.assertEqual(read_exactly(waiting, 7), b"between")
            self.assertEqual(successor.stop(), 0)
            self.assertEqual(read_all(waiting), b"")

    def test_unix_socket_file_is_its_owners(self):
        """An inherited socket's file is not removed."""
        path = self.path("s")
        sock = self.keep(socket.socket(socket.AF_UNIX))
        sock.bind(path)
        sock.listen()
        server = self.inherit(sock)
        self.assertServes(server)
        self.assertEqual(server.stop(), 0)
        self.assertTrue(os.path.exists(path))

    def test_activated_by_systemd(self):
        """As systemd-socket-activate(1) passes it."""
        activate = shutil.which("systemd-socket-activate")
        if not activate:
            self.skipTest("systemd-socket-activate is not installed")
        path = self.path("s")
        command = [activate, "-l", path, TWX]
        program = self.start("serve", "echo", "fd:3", command=command)

        def connected():  # the file is there before it listens
            with contextlib.suppress(FileNotFoundError, ConnectionRefusedError):
                return connect_to(self, path)

        with poll_until(connected, "the socket listens") as sock:
            sock.sendall(b"hello")
            self.assertEqual(read_exactly(sock, 5), b"hello")
        program.signal(signal.SIGTERM)
        self.assertEqual(program.wait(), 0)

    def test_descriptor_that_is_not_open(self):
        """Could not listen, status 7."""
        result = self.run_twx("serve", "echo", "fd:99")
        self.assertFails(result, 7, "listen fd:99: Bad file descriptor")

    def test_descriptor_that_is_no_socket(self):
        """Could not listen, status 7."""
        result = self.run_twx("serve", "echo", "fd:0", stdin=subprocess.DEVNULL)
        self.assertFails(result, 7, "listen fd:0: Socket operation on non-socket")

    def test_socket_that_does_not_listen(self):
        """It is bound, but listen(2) is up to who passes it: status 7."""
        sock = self.refusing_socket()
        number = sock.fileno()
        result = self.run_twx("serve", "echo", f"fd:{number}", pass_fds=(number,))
        self.assertFails(result, 7, f"listen fd:{number}: not a listening socket")


class StandardDescriptors(Case):
    def served(self, script, **options):
        """A server started by a shell script, which may have lost stderr: found by its path."""
        path = self.path("s")
        program = self.start("serve", "echo", path, "-v", command=["sh", "-c", script, "sh", TWX])
        poll_until(lambda: answers(path), "it listens")
        for _ in range(3):
            with connect_to(self, path) as sock:
                sock.sendall(b"data")
                sock.shutdown(socket.SHUT_WR)
                self.assertEqual(read_all(sock), b"data")
        return program

    def test_all_closed_at_the_start(self):
        """A clean stream, whatever is said with -v."""
        program = self.served('exec "$@" <&- >&- 2>&-')
        for number in (0, 1, 2):
            self.assertEqual(program.descriptor(number), "/dev/null")
        program.signal(signal.SIGTERM)
        self.assertEqual(program.wait(), 0)

    def test_full_while_serving(self):
        """Messages that cannot be written are no reason to stop."""
        program = self.served('exec "$@" >/dev/full 2>/dev/full')
        program.signal(signal.SIGTERM)
        self.assertEqual(program.wait(), 0)

    def test_reader_of_stderr_that_goes_away(self):
        """No SIGPIPE for a line that nobody reads."""
        reader, writer = os.pipe()
        self.addCleanup(self.close_quietly, writer)
        server = self.start("serve", "echo", self.path("s"), "-v", stderr=writer)
        os.close(writer)
        poll_until(lambda: answers(self.path("s")), "it listens")
        os.close(reader)
        for _ in range(3):
            with connect_to(self, self.path("s")) as sock:
                sock.sendall(b"data")
                self.assertEqual(read_exactly(sock, 4), b"data")
        server.signal(signal.SIGTERM)
        self.assertEqual(server.wait(), 0)

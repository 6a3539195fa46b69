"""The programs of examples/: what they print, against servers of ours and plain sockets."""

import os
import re
import socket
import unittest

from fetching import Site, answer, moved
from harness import Case, Process, connect_to, poll_until, read_all, read_exactly

EXAMPLES = os.environ.get("TWX_EXAMPLES")


@unittest.skipUnless(EXAMPLES, "built without the examples")
class Examples(Case):
    def example(self, name, *args):
        return Process(self, [os.path.join(EXAMPLES, f"example_{name}"), *map(str, args)])

    def said(self, name, *args):
        """What it prints until it ends by itself, and its status."""
        program = self.example(name, *args)
        status = program.wait()
        return bytes(program.out).decode(), status

    def wait_for(self, program, data):
        poll_until(lambda: data in program.out, f"{data!r} to come; there is {program.out!r}")

    def listening(self, name, *args):
        """A server of ours, and where it listens."""
        program = self.example(name, *args)
        self.wait_for(program, b"\n")
        port = int(re.search(rb"tcp://\S+:(\d+)", bytes(program.out))[1])
        return program, ("127.0.0.1", port)

    def test_echo_client(self):
        """The texts of an exchange and of a failure."""
        server = self.serve("echo")
        self.assertEqual(
            self.said("echo_client", "127.0.0.1", server.port),
            (
                "client send data to server\nServer said hello world\nConnection lost\n"
                "Connection lost - goodbye\n",
                0,
            ),
        )
        server.stop()
        self.assertEqual(
            self.said("echo_client", "127.0.0.1", server.port),
            ("Connection failed - goodbye\n", 1),
        )

    def test_welcome_message(self):
        """One line and the end."""
        listener = self.listener()
        program = self.example("welcome_message", *listener.where)
        self.assertEqual(read_all(listener.accept()), b"Hello server, I am the client!\r\n")
        self.assertEqual(program.wait(), 0)

    def test_greeter(self):
        """Two messages, a second apart, and the end after another one."""
        listener = self.listener()
        program = self.example("greeter", *listener.where)
        said = read_all(listener.accept())
        self.assertEqual(said, b"MESSAGE Hello\nMESSAGE This is sent in a second\n")
        self.assertEqual(program.wait(), 0)

    def test_greeters_without_a_server(self):
        """They say so on standard error and end."""
        listener = self.listener()
        listener.close()
        for name in ("welcome_message", "greeter"):
            self.assertEqual(self.said(name, *listener.where), ("", 1), name)

    def test_greeters_whose_peer_goes_at_once(self):
        """They end, whatever they had time to say."""
        listener = self.listener()
        for name in ("welcome_message", "greeter"):
            program = self.example(name, *listener.where)
            listener.accept().close()
            self.assertIn(program.wait(), (0, 1), name)

    def test_broadcast_clients(self):
        """They hear the server, then each other."""
        server = self.serve("spread")
        one = self.example("broadcast_client", "127.0.0.1", server.port, "Ann", "0.1")
        self.wait_for(one, "got message:  欢迎来到Spread Site,您是第1个客户端用户!\n".encode())
        two = self.example("broadcast_client", "127.0.0.1", server.port, "Bob", "0.1")
        self.wait_for(two, b"got message:  hello, I'm Ann ")
        self.wait_for(one, b"got message:  hello, I'm Bob ")
        server.stop()
        for client in (one, two):
            self.assertEqual(client.wait(), 0)
            said = bytes(client.out).decode()
            self.assertTrue(said.startswith("Start to connect.\nconnect to server!\n"))
            self.assertRegex(said, r"hello, I'm \w+ \d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{6}\n")
            self.assertIn("Disconnected from server!\nLost Connection. Reason: ", said)

    def test_broadcast_client_answers_each_message(self):
        """Also those that come before the answer to another one."""
        listener = self.listener()
        program = self.example("broadcast_client", *listener.where, "Ann", "0.3")
        sock = listener.accept()
        for number in range(3):
            sock.sendall(b"message %d" % number)
            self.wait_for(program, b"got message:  message %d\n" % number)
        said = b""
        while said.count(b"hello, I'm Ann ") < 3:
            said += read_exactly(sock, 1)
        sock.close()
        self.assertEqual(program.wait(), 0)

    def test_broadcast_client_without_a_server(self):
        """It says so and ends."""
        listener = self.listener()
        listener.close()
        self.assertEqual(
            self.said("broadcast_client", *listener.where, "Ann")[0],
            "Start to connect.\nConnection failed. Reason: Connection refused\n",
        )

    def test_reconnecting_client(self):
        """It comes back after a loss."""
        listener = self.listener()
        program = self.example("reconnecting_client", *listener.where)
        for _ in range(2):
            sock = listener.accept()
            sock.sendall(b"hello\n")
            sock.close()
        self.wait_for(program, b"hello\nLost connection. Reason: Connection closed\nStarted to connect.\n")
        said = bytes(program.out)
        self.assertTrue(
            said.startswith(
                b"Started to connect.\nConnected.\nResetting reconnection delay\nhello\n"
                b"Lost connection. Reason: Connection closed\n"
            )
        )

    def test_quote_of_the_day(self):
        """The default, for an empty quote as well, and another one."""
        apple = b"An apple a day keeps the doctor away\r\n"
        for args, quote in (((), apple), (("",), apple), (("mine",), b"mine\r\n")):
            _, place = self.listening("quote_of_the_day", 0, *args)
            self.assertEqual(read_all(connect_to(self, place)), quote)

    def test_http_like_server(self):
        """Bodies come back, also when the next request follows at once and byte by byte."""
        _, place = self.listening("http_like_server", 0)
        sock = connect_to(self, place)
        request = b"POST / HTTP/1.1\r\nContent-Length: 5\r\n\r\nhello"
        answer = (
            b"HTTP/1.1 200 OK\r\nContent-Type: application/octet-stream\r\n"
            b"Content-Length: 5\r\n\r\nhello"
        )
        sock.sendall(request * 3)
        self.assertEqual(read_exactly(sock, 3 * len(answer)), 3 * answer)
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for octet in request:
            sock.sendall(bytes([octet]))
        self.assertEqual(read_exactly(sock, len(answer)), answer)

    def test_deferred(self):
        """Fired by hand, either way, and by the clock."""
        self.assertEqual(self.said("deferred_square"), ("Square of 4 is 16\n", 0))
        self.assertEqual(self.said("deferred_square", "call_error"), ("Error with process \n", 0))
        self.assertEqual(
            self.said("deferred_chain", "0.1"), ("Square of 5 is 25\nTwice of 5 is 10\n", 0)
        )

    def test_call_later(self):
        """In the order of time; a cancelled call never comes."""
        self.assertEqual(
            self.said("call_later", "0.2"), ("in the next turn\ncancelled in time\nstop\n", 0)
        )

    def test_threads(self):
        """An echo server on four threads."""
        program, place = self.listening("threads", 0, 4)
        self.assertIn(b" with 4 threads\n", program.out)
        for _ in range(8):
            sock = connect_to(self, place)
            sock.sendall(b"hello")
            self.assertEqual(read_exactly(sock, 5), b"hello")

    def test_get_page(self):
        """A page, in lower case, and one that does not exist: the texts of Twisted's listings."""
        pages = {"/": answer(b"Hello, World"), "/gone": answer(b"", "404 Not Found")}
        site = Site(self, pages)
        called = "The Deferred has called printContents with the following contents:\n"
        self.assertEqual(self.said("get_page", site.url()), (called + "Hello, World\n", 0))
        self.assertEqual(
            self.said("get_page_lower_case", site.url()), (called + "hello, world\n", 0)
        )
        self.assertEqual(self.said("get_page_error", site.url()), (called + "Hello, World\n", 0))
        self.assertEqual(
            self.said("get_page_error", site.url("/gone")),
            ("An error has occurred: <404 Not Found>\n", 1),
        )

    def test_get_page_without_a_server(self):
        """The reason, on standard error where no handler of errors is shown."""
        listener = self.listener()
        listener.close()
        url = f"http://127.0.0.1:{listener.port}/"
        for name in ("get_page", "get_page_lower_case", "agent_coroutine"):
            self.assertEqual(self.said(name, url), ("", 1), name)
        self.assertEqual(
            self.said("get_page_error", url),
            ("An error has occurred: <Connection refused>\n", 1),
        )

    def test_agent(self):
        """All pages over one connection, a redirect included."""
        pages = {"/a": answer(b"one"), "/b": moved("/c"), "/c": answer(b"two", "203 So")}
        site = Site(self, pages, close=9)
        self.assertEqual(
            self.said("agent_coroutine", site.url("/a"), site.url("/b")),
            ("200 OK\none\n203 So\ntwo\n", 0),
        )
        self.assertEqual(site.connections, 1)

    def test_short(self):
        """No example has more than 60 lines."""
        here = os.path.join(os.path.dirname(__file__), "..", "..", "examples")
        for name in os.listdir(here):
            if name.endswith(".cc"):
                with open(os.path.join(here, name), encoding="utf-8") as file:
                    self.assertLessEqual(len(file.readlines()), 60, name)

"""README's table of tasks: each command in it, of every tool, is run and does what its row says."""

import concurrent.futures
import os
import pathlib
import re
import shutil
import signal
import socket
import ssl
import subprocess
import unittest

import certificates
import harness
from harness import SOON, pass_time, poll_until, read_all, read_exactly
from proxies import SocksProxy
from replay import ROOT, SessionCase, free_port, with_ports
from web_servers import Nginx, make_root

HEADER = "| How do I ... | nc | socat | curl | twx |"
TOOLS = ("nc", "socat", "curl", "twx")
DISK = harness.random_bytes(100_000)


def rows():
    """{task: {tool: command}}"""
    lines = (ROOT / "README.md").read_text("utf-8").partition(HEADER + "\n")[2].splitlines()
    table = {}
    for line in lines[1:]:
        if not line.startswith("|"):
            break
        task, *cells = [cell.strip() for cell in re.split(r"(?<!\\)\|", line)[1:-1]]
        commands = {
            tool: cell.strip("`").replace(r"\|", "|")
            for tool, cell in zip(TOOLS, cells, strict=True)
            if cell != "—"
        }
        table[task] = commands
    return table


def trial(task):
    """Marks the method that tries the commands of one row."""

    def mark(method):
        method.task = task
        return method

    return mark


def is_there(tool):
    """nc has many kinds; the table is about OpenBSD's."""
    return shutil.which("nc.openbsd" if tool == "nc" else tool)


class Command:
    """One command of the table, in a folder and a process group of its own."""

    def __init__(self, case, text, ports, stdin=subprocess.DEVNULL):
        self.folder = pathlib.Path(case.new_folder())
        self.text = with_ports(text, ports)
        self.process = case.start(
            "-c",
            self.text,
            command=["bash", "--norc"],
            stdin=stdin,
            cwd=self.folder,
            env=case.environment,
            start_new_session=True,
        )
        case.addCleanup(self.end)

    def end(self):
        if self.process.running():
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()

    def run(self):
        """(its status, what it printed)"""
        status = self.process.wait(2 * SOON)
        return status, bytes(self.process.out)


class Table(SessionCase):
    maxDiff = None

    def setUp(self):
        super().setUp()
        self.new_folders = 0
        tools = self.path("tools")
        os.mkdir(tools)
        os.symlink(harness.TWX, os.path.join(tools, "twx"))
        if nc := is_there("nc"):
            os.symlink(nc, os.path.join(tools, "nc"))
        clean = {n: text for n, text in os.environ.items() if not n.lower().endswith("_proxy")}
        self.environment = {**clean, "PATH": f"{tools}:{os.environ['PATH']}"}
        # All that threads will ask for is made before there are any.
        self.identity, self.ca = certificates.good(), certificates.ca()
        self.client = certificates.client()
        make_root(self, {"page": b"a page\n", "disk.iso": DISK})
        web = Nginx(self)
        port = free_port()
        tls = f"tls://:0?{self.identity.query}"
        echo = (port, f"udp://:{port}", self.path("app.sock"), tls)
        server = self.serve("echo", endpoints=echo)
        quote = self.serve("qotd", "--quote", "hi", endpoints=("0",))
        proxy = SocksProxy(self, ("127.0.0.1", web.port))
        self.peers = {
            "9000": port,
            "9443": str(server.places[3][1]),
            "8007": str(quote.port),
            "8080": str(web.port),
            "1080": str(proxy.port),
        }

    def new_folder(self):
        """With all files that the table speaks of, but for those that its commands make."""
        self.new_folders += 1
        folder = self.path(f"try-{self.new_folders}")
        os.mkdir(folder)
        made = {
            "ca.pem": pathlib.Path(self.ca.cert).read_bytes(),
            "server.pem": b"".join(
                pathlib.Path(path).read_bytes() for path in (self.identity.cert, self.identity.key)
            ),
            "request": b"hello\n",
            "app.log": b"",
        }
        for name, data in made.items():
            path = pathlib.Path(folder, name)
            path.write_bytes(data)
            path.chmod(0o600)
        os.symlink(self.path("app.sock"), os.path.join(folder, "app.sock"))
        return folder

    def command(self, text, stdin=subprocess.DEVNULL, **ports):
        return Command(self, text, {**self.peers, **ports}, stdin)

    def serving(self, text, number, connects=True):
        """A command that serves, and the port that stands for `number`, once it is listened on."""
        port = free_port()
        command = self.command(text, **{number: port})
        # Servers for one client after another would take a first connection for the only one.
        table = "/proc/net/tcp*" if connects else "/proc/net/udp*"
        state = "0A" if connects else "07"
        pattern = re.compile(rf":{int(port):04X} [0-9A-F]+:[0-9A-F]+ {state} ")
        folder, name = pathlib.Path(table).parent, pathlib.Path(table).name
        try:
            poll_until(
                lambda: any(pattern.search(each.read_text()) for each in folder.glob(name)),
                f"{text} listens",
            )
        except AssertionError as wrong:
            raise AssertionError(f"{wrong}; it says {bytes(command.process.err)!r}") from None
        return command, port

    def dial(self, port):
        sock = self.keep(socket.create_connection(("localhost", int(port)), SOON))
        sock.settimeout(SOON)
        return sock

    def check_echo(self, sock, data=b"hello\n"):
        sock.sendall(data)
        self.assertEqual(read_exactly(sock, len(data)), data)

    def prints(self, wanted, text, **ports):
        status, out = self.command(text, **ports).run()
        self.assertEqual((status, out.replace(b"\r", b"")), (0, wanted))

    # --- clients ---

    @trial("talk to a port")
    def talk(self, text):
        command = self.command(text, stdin=subprocess.PIPE)
        command.process.send(b"hello\n")
        command.process.wait_out(b"hello\n")

    @trial("send a request, get the whole answer")
    def request(self, text):
        self.prints(b"hello\n", text)

    @trial("only read")
    def read(self, text):
        self.prints(b"hi\n", text)

    @trial("see whether a port is open")
    def probe(self, text):
        self.assertEqual(self.command(text).run()[0], 0)
        self.assertNotEqual(self.command(text, **{"9000": str(self.unused_port())}).run()[0], 0)

    @trial("give up connecting after 2 s")
    def connect_timeout(self, text):
        port = harness.full_backlog(self, "127.0.0.1")
        self.assertNotEqual(self.command(text, **{"9000": str(port)}).run()[0], 0)

    @trial("give up after 2 s, whatever happens")
    def max_time(self, text):
        self.assertNotEqual(self.command(text, stdin=subprocess.PIPE).run()[0], 0)

    @trial("wait until a server is there")
    def wait_for_server(self, text):
        port = free_port()
        command = self.command(text, **{"8007": port})
        pass_time(0.3)  # it has been refused, or comes later: both are well
        self.serve("qotd", "--quote", "hi", endpoints=(port,))
        status, out = command.run()
        self.assertEqual((status, out.replace(b"\r", b"")), (0, b"hi\n"))

    @trial("feed a server that may restart")
    def feed(self, text):
        port, log = free_port(), pathlib.Path(self.new_folder(), "lines.log")
        command = None
        for line in ("before", "after"):
            server = self.serve("log", log, "--line", "any", endpoints=(port,))
            command = command or self.command(text, **{"5140": port})

            def logged():
                with open(command.folder / "app.log", "a", encoding="ascii") as file:
                    file.write(line + "\n")
                return line in log.read_text() if log.exists() else False

            poll_until(logged, f"{line} is logged")
            server.stop()

    @trial("choose my address and port")
    def local_address(self, text):
        port, listener = free_port(), self.listener()
        command = self.command(text, **{"4000": port, "9000": str(listener.port)})
        sock = listener.accept()
        self.assertEqual(sock.getpeername(), ("127.0.0.2", int(port)))
        command.end()

    @trial("talk to a unix socket")
    def unix_socket(self, text):
        self.prints(b"hello\n", text)

    @trial("ask by UDP")
    def datagrams(self, text):
        self.prints(b"hello\n", text)

    @trial("talk TLS, the peer verified")
    def tls(self, text):
        self.prints(b"hello\n", text)
        stranger = self.serve("echo", "--tls", endpoints=("0",))
        status, out = self.command(text, **{"9443": str(stranger.port)}).run()
        self.assertNotEqual(status, 0)
        self.assertEqual(out, b"")

    # --- servers ---

    @trial("serve an echo")
    def echo(self, text):
        _, port = self.serving(text, "9000")
        for sock in [self.dial(port), self.dial(port)]:
            self.check_echo(sock)

    @trial("throw away what comes")
    def discard(self, text):
        _, port = self.serving(text, "9000")
        sock = self.dial(port)
        sock.sendall(DISK)
        sock.shutdown(socket.SHUT_WR)
        self.assertEqual(read_all(sock), b"")

    @trial("say a text to each who connects")
    def quote(self, text):
        command, port = self.serving(text, "8007")
        self.assertEqual(read_all(self.dial(port)).rstrip(), b"hi")
        self.assertTrue(command.process.running())

    @trial("keep the lines that clients send")
    def lines(self, text):
        command, port = self.serving(text, "5140")
        for line in (b"one\n", b"two\n"):
            with self.dial(port) as sock:
                sock.sendall(line)
            wanted = b"one\n" if line == b"one\n" else b"one\ntwo\n"
            log = command.folder / "lines.log"
            poll_until(lambda: log.exists() and log.read_bytes() == wanted, f"{wanted} is kept")

    @trial("have a chat room")
    def chat(self, text):
        _, port = self.serving(text, "8123")
        anna, bert = self.dial(port), self.dial(port)
        for name, sock in (b"anna", anna), (b"bert", bert):
            sock.sendall(name + b"\n")
            wanted = b"What's your name?\r\nWelcome, " + name + b"!\n"
            self.assertEqual(read_exactly(sock, len(wanted)), wanted)
        anna.sendall(b"hello\n")
        self.assertEqual(read_exactly(bert, 12), b"<anna> hello")

    @trial("echo datagrams")
    def echo_datagrams(self, text):
        _, port = self.serving(text, "9000", connects=False)
        sock = self.keep(socket.socket(socket.AF_INET, socket.SOCK_DGRAM))
        sock.settimeout(SOON)
        sock.connect(("127.0.0.1", int(port)))
        self.check_echo_datagram(sock)

    def check_echo_datagram(self, sock):
        sock.send(b"hello\n")
        self.assertEqual(sock.recv(100), b"hello\n")

    def secured(self, port, identity=None):
        context = ssl.create_default_context(cafile=self.ca.cert)
        if identity:
            context.load_cert_chain(identity.cert, identity.key)
        return self.keep(context.wrap_socket(self.dial(port), server_hostname="localhost"))

    @trial("serve TLS")
    def serve_tls(self, text):
        _, port = self.serving(text, "9443")
        self.check_echo(self.secured(port))

    @trial("serve TLS to clients with a certificate")
    def serve_tls_to_some(self, text):
        _, port = self.serving(text, "9443")
        self.check_echo(self.secured(port, self.client))
        with self.assertRaises((OSError, AssertionError)):
            self.check_echo(self.secured(port))

    @trial("take a listening socket from systemd")
    def inherited(self, text):
        _, port = self.serving(text, "9000")
        self.check_echo(self.dial(port))

    # --- HTTP ---

    @trial("fetch a page, also when it has moved")
    def moved(self, text):
        command = self.command(text)
        self.assertEqual(command.run()[0], 0)
        self.assertEqual((command.folder / "page").read_bytes(), b"a page\n")

    @trial("go on with a download")
    def resume(self, text):
        command = self.command(f"{text.partition(' ')[0]} --version >/dev/null; {text}")
        self.assertEqual(command.run()[0], 0)
        self.assertSame((command.folder / "disk.iso").read_bytes(), DISK)
        (command.folder / "disk.iso").write_bytes(DISK[:1000])
        again = self.command(f"cd {command.folder} && {text}")
        self.assertEqual(again.run()[0], 0)
        self.assertSame((command.folder / "disk.iso").read_bytes(), DISK)

    @trial("upload a file")
    def upload(self, text):
        self.prints(b"taken 6\n", f"cp request disk.iso; {text}")

    @trial("go through a SOCKS proxy")
    def socks(self, text):
        ask = "printf 'GET /page HTTP/1.0\\r\\n\\r\\n' >request; " if "<request" in text else ""
        status, out = self.command(ask + text).run()
        self.assertEqual(status, 0)
        self.assertTrue(out.endswith(b"a page\n"), out)

    # --- the table ---

    def trials(self):
        methods = (getattr(self, name) for name in dir(type(self)))
        return {method.task: method for method in methods if hasattr(method, "task")}

    def attempt(self, method, text):
        """What is wrong with a command, or None."""
        try:
            method(text)
        except (AssertionError, OSError) as wrong:
            return f"{text}: {wrong}"
        return None

    def test_each_command_does_what_its_row_says(self):
        """25 rows; a tool that is not installed is left out, twx never."""
        table, trials = rows(), self.trials()
        self.assertEqual(len(table), 25)
        self.assertEqual(set(table), set(trials))
        self.assertEqual([task for task in table if "twx" not in table[task]], [])
        with concurrent.futures.ThreadPoolExecutor(12) as pool:
            running = [
                pool.submit(self.attempt, trials[task], text)
                for task, commands in table.items()
                for tool, text in commands.items()
                if is_there(tool) or tool == "twx"
            ]
            wrong = [each.result() for each in running]
        self.assertEqual([each for each in wrong if each], [])


if __name__ == "__main__":
    unittest.main()

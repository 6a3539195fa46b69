"""twx irc-log: whom it believes, and how it proves who it is."""

import base64
import ssl

import certificates
from irc_logging import QUICK, LogCase, content
from irc_peers import SERVER, ScramServer
from tls import server_context


class Trust(LogCase):
    def refused(self, identity, *args, status=60):
        """The program, which did not believe a server that is this, and ended."""
        listener = self.listener()
        program = self.log("--server", f"127.0.0.1:{listener.port}", *QUICK, *args)
        with listener.accept() as sock, self.assertRaises((ssl.SSLError, ConnectionError)):
            with server_context(identity).wrap_socket(sock, server_side=True) as tls:
                self.assertEqual(tls.recv(1000), b"")
                raise ConnectionError("it was closed, which is as good")
        self.assertEqual(program.wait(), status, program.err)
        return program

    def welcome(self, identity, *args):
        peer = self.irc_peer(identity=identity)
        self.log(*peer.args(), *QUICK, *args)
        peer.accept().register().join("#chan")

    def test_a_certificate_that_nobody_vouches_for(self):
        """Not a byte of IRC is sent."""
        program = self.refused(certificates.issue("nobody"))
        program.wait_err("certificate")

    def test_a_name_that_is_not_the_server_s(self):
        elsewhere = certificates.issue("elsewhere", certificates.ca(), san="DNS:elsewhere.example")
        self.refused(elsewhere, "--cacert", certificates.ca().cert)

    def test_a_ca(self):
        self.welcome(certificates.good(), "--cacert", certificates.ca().cert)

    def test_a_pin(self):
        """Alone is enough."""
        nobody = certificates.issue("nobody")
        self.welcome(nobody, "--pin", nobody.pin)

    def test_a_wrong_pin(self):
        """Is not mended by a CA."""
        trust = ("--cacert", certificates.ca().cert)
        program = self.refused(certificates.good(), *trust, "--pin", "0" * 64, status=90)
        program.wait_err("pin")

    def test_no_questions(self):
        self.welcome(certificates.issue("nobody"), "--insecure")


class Sasl(LogCase):
    def login(self, *args, offered="sasl=PLAIN,EXTERNAL,SCRAM-SHA-256", password="sesame"):
        """A session in which sasl is agreed upon."""
        peer = self.irc_peer()
        user = ("--sasl-user", "twx", "--sasl-password-file", self.secret(password))
        self.program = self.log(*peer.args(), *QUICK, *user, *args)
        session = peer.accept()
        session.peer = peer
        session.until("USER .*")
        session.nick = "twistedbot"
        session.offer(offered)
        return session

    def authenticate(self, session, mechanism):
        session.agree({"sasl"}, f"AUTHENTICATE {mechanism}")
        session.send("AUTHENTICATE +")

    def answer(self, session):
        """What comes in pieces of 400 characters, put together."""
        whole = ""
        while True:
            piece = session.until("AUTHENTICATE (.*)")[1]
            whole += "" if piece == "+" else piece
            if len(piece) < 400:
                return base64.b64decode(whole)

    def challenge(self, session, data):
        session.send("AUTHENTICATE " + (base64.b64encode(data).decode() or "+"))

    def succeed(self, session):
        session.number("900", f"{session.own()} twx :You are now logged in as twx")
        session.number("903", ":SASL authentication successful")
        session.until("CAP END")
        session.welcome()
        session.join("#chan")

    def test_plain(self):
        session = self.login("--sasl", "plain")
        self.authenticate(session, "PLAIN")
        self.assertRegex(self.answer(session), rb"\A(twx)?\0twx\0sesame\Z")
        self.succeed(session)

    def test_plain_in_many_pieces(self):
        """Whose last one is full: an empty one follows."""
        for length in (300 - len("twx\0twx\0"), 600 - len("twx\0twx\0")):
            with self.subTest(length):
                session = self.login("--sasl", "plain", password="x" * length)
                self.authenticate(session, "PLAIN")
                self.assertEqual(self.answer(session), b"twx\0twx\0" + b"x" * length)
                self.assertEqual(session.seen[-1], "AUTHENTICATE +")
                self.succeed(session)

    def test_inspircd_s_way_to_write_nothing(self):
        session = self.login("--sasl", "plain")
        session.agree({"sasl"}, "AUTHENTICATE PLAIN")
        session.send("AUTHENTICATE :+")
        self.assertIn(b"sesame", self.answer(session))

    def test_a_mechanism_that_is_not_offered(self):
        """The password is not sent, and no channel joined."""
        session = self.login("--sasl", "plain", offered="sasl=EXTERNAL")
        session.agree({"sasl"}, "CAP END|QUIT.*")
        session.rest()
        self.assertNotRegex("\n".join(session.seen), "JOIN|AUTHENTICATE PLAIN")

    def test_a_login_that_fails(self):
        """Is said; it joins nothing, and tries again."""
        session = self.login("--sasl", "plain")
        self.authenticate(session, "PLAIN")
        self.answer(session)
        session.number("904", ":SASL authentication failed")
        rest = session.rest()
        session.close()
        self.assertNotIn("JOIN", " ".join(rest))
        self.program.wait_err("SASL authentication failed")
        self.assertNotIn(b"sesame", self.program.err)
        session = session.peer.accept()
        session.until("USER .*")
        session.nick = "twistedbot"
        session.offer("sasl=PLAIN")
        self.authenticate(session, "PLAIN")
        self.answer(session)
        self.succeed(session)

    def test_scram(self):
        session = self.login("--sasl", "scram-sha-256")
        self.authenticate(session, "SCRAM-SHA-256")
        server = ScramServer("sesame")
        self.challenge(session, server.first(self.answer(session)))
        signature = server.final(self.answer(session))
        self.assertIsNotNone(signature, "the proof is wrong")
        self.challenge(session, signature)
        self.assertEqual(self.answer(session), b"")
        self.succeed(session)

    def test_scram_with_a_server_that_does_not_know_the_password(self):
        """It is left."""
        session = self.login("--sasl", "scram-sha-256")
        self.authenticate(session, "SCRAM-SHA-256")
        self.challenge(session, ScramServer("another").first(self.answer(session)))
        self.answer(session)
        self.challenge(session, b"v=" + base64.b64encode(b"x" * 32))
        session.until(r"AUTHENTICATE \*")
        self.assertNotIn("JOIN", " ".join(session.rest()))

    def test_a_password_that_others_can_read(self):
        """Is never in the arguments; what is wrong with its file is said."""
        result = self.run_twx(
            "irc-log", "#chan", self.log_file, "--sasl", "plain", "--sasl-user", "twx",
            "--sasl-password-file", self.path("missing"),
        )
        self.assertEqual(result.status, 26)
        self.assertIn("missing: No such file or directory", result.err)

    def test_nickserv(self):
        """Gets the password when one is in, before the channels."""
        peer = self.irc_peer()
        self.log(*peer.args(), "--nickserv-password-file", self.secret())
        session = peer.accept().register()
        session.until(r"(PRIVMSG NickServ :IDENTIFY|NICKSERV IDENTIFY) (twistedbot )?sesame")
        self.assertEqual(session.sync(), [])
        session.number("900", f"{session.own()} twx :You are now logged in as twx")
        session.join("#chan")
        self.assertNotIn(b"sesame", content(self.log_file))

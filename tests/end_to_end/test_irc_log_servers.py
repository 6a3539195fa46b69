"""twx irc-log with servers that others have written."""

import signal

import certificates
from harness import poll_until
from irc_logging import QUICK, LogCase, content
from irc_peers import Person
from irc_servers import Atheme, Inspircd, Ngircd

# Nicks of nine bytes are all that every server takes.
NICK = ("--nick", "logbot")
TRUST = ("--cacert", certificates.ca().cert)


class ServerCase(LogCase):
    def plain(self):
        return ("--server", f"127.0.0.1:{self.server.port}", "--no-tls", *QUICK, *NICK)

    def secure(self):
        return ("--server", f"127.0.0.1:{self.server.tls_port}", *TRUST, *QUICK, *NICK)

    def person(self, nick="alice", **options):
        return Person(self, options.pop("port", self.server.port), nick, **options)

    def channel(self):
        """One of this test's own."""
        return "#" + self.id().rpartition(".test_")[2][:30]

    def stop_it(self, program):
        program.signal(signal.SIGTERM)
        self.assertEqual(program.wait(), 0, program.err)
        self.assertEqual(self.lines()[-1], "[disconnected at TIME]")

    def a_conversation(self, where):
        channel = self.channel()
        alice = self.person().join(channel)
        program = self.log(*where, channels=channel)
        alice.sees_join("logbot", channel)
        alice.say(channel, "hello")
        alice.say(channel, "\x01ACTION waves\x01")
        alice.say(channel, "logbot: who are you?")
        alice.until(rf":logbot!\S+ PRIVMSG {channel} :alice: I am a log bot")
        alice.say("logbot", "psst")
        alice.until(r":logbot!\S+ PRIVMSG alice :It isn't nice to whisper! .*")
        self.wait_line("<alice> psst")
        self.stop_it(program)
        self.assertEqual(
            [line for line in self.lines() if not line.startswith("***")],
            [
                "[connected at TIME]",
                f"[I have joined {channel}]",
                "<alice> hello",
                "* alice waves",
                "<alice> logbot: who are you?",
                "<logbot> alice: I am a log bot",
                "<alice> psst",
                "[disconnected at TIME]",
            ],
        )

    def wait_line_like(self, text):
        poll_until(lambda: text.encode() in content(self.log_file), f"{text} is logged")

    def nick_that_is_taken(self):
        channel = self.channel()
        alice = self.person().join(channel)
        other = self.person("logbot").join(channel)
        self.log(*self.plain(), channels=channel)
        alice.sees_join("logbot", channel)
        nick = alice.until(rf":(\S+)!\S+ JOIN :?{channel}.*")[1]
        other.close()
        alice.until(rf":{nick}!\S+ NICK :?logbot")

    def join_that_is_refused(self, number, mode, unmode, reason):
        """Until the mode is taken back."""
        channel = self.channel() + number
        operator = self.person("op" + number).join(channel, mode)
        program = self.log(*self.plain(), channels=channel)
        program.wait_err(reason)
        operator.send(f"MODE {channel} {unmode}")
        operator.sees_join("logbot", channel)
        self.wait_line(f"[I have joined {channel}]")
        program.signal(signal.SIGTERM)
        program.wait()


class WithNgircd(ServerCase):
    @classmethod
    def setUpClass(cls):
        cls.server = Ngircd()
        cls.addClassCleanup(cls.server.stop)

    def test_a_conversation(self):
        self.a_conversation(self.plain())

    def test_tls(self):
        self.a_conversation(self.secure())

    def test_a_nick_that_is_taken(self):
        self.nick_that_is_taken()

    def test_keys(self):
        """A wrong one is said to be that, the right one opens."""
        alice = self.person()
        program = self.log(*self.plain(), "--channel-key", "#locked=wrong", channels="#locked")
        program.wait_err("#locked")
        program.signal(signal.SIGTERM)
        program.wait()
        alice.send("JOIN #locked secret")
        alice.number(366)
        self.log(*self.plain(), "--channel-key", "#locked=secret", channels="#locked")
        alice.sees_join("logbot", "#locked")
        self.wait_line("[I have joined #locked]")

    def test_bans_and_invitations(self):
        for number, mode, unmode in (("473", "+i", "-i"), ("474", "+b *!*@*", "-b *!*@*")):
            self.join_that_is_refused(number, mode, unmode, "Cannot join channel")


class WithInspircd(ServerCase):
    @classmethod
    def setUpClass(cls):
        cls.server = Inspircd()
        cls.addClassCleanup(cls.server.stop)

    def test_a_conversation(self):
        """Its echoes of what the program says are logged once."""
        self.a_conversation(self.plain())

    def test_tls(self):
        self.a_conversation(self.secure())

    def test_a_nick_that_is_taken(self):
        self.nick_that_is_taken()

    def test_channels_that_are_closed(self):
        for number, mode, unmode, reason in (
            ("473", "+i", "-i", r"\+i|nvit"),
            ("474", "+b *!*@*", "-b *!*@*", r"\+b|anned"),
            ("475", "+k key", "-k key", r"\+k|key"),
        ):
            with self.subTest(number):
                self.join_that_is_refused(number, mode, unmode, reason)

    def test_a_forward(self):
        """To a channel that nobody asked for: its talk is not logged."""
        alice = self.person().join("#over")
        alice.join("#full", "+lL 1 #over")
        program = self.log(*self.plain(), channels="#full")
        alice.sees_join("logbot", "#over")
        alice.say("#over", "not for the log")
        program.wait_err("#over")
        alice.send("MODE #full -lL")
        alice.sees_join("logbot", "#full")
        self.wait_line("[I have joined #full]")
        self.assertNotIn("not for the log", content(self.log_file).decode())

    def test_tags(self):
        """The server's time and its numbers of messages are in the log."""
        channel = self.channel()
        alice = self.person().join(channel)
        self.log(*self.plain(), "--format", "jsonl", "--time", "server", channels=channel)
        alice.sees_join("logbot", channel)
        alice.say(channel, "hello")
        self.wait_line_like('"hello"')
        said = next(each for each in self.objects() if each["event"] == "message")
        self.assertEqual((said["nick"], said["network"]), ("alice", "TestNet"))
        self.assertEqual(said["time"], said["tags"]["time"])
        self.assertIn("msgid", said["tags"])

    def test_a_bot(self):
        """Says that it is one."""
        channel = self.channel()
        alice = self.person().join(channel)
        self.log(*self.plain(), channels=channel)
        alice.sees_join("logbot", channel)

        def is_bot():
            alice.send("WHOIS logbot")
            return "335" in [line.split()[1] for line in self.whois(alice)]

        poll_until(is_bot, "it is a bot")

    def whois(self, person):
        before = len(person.seen)
        person.number(318)
        return person.seen[before:]


class WithServices(ServerCase):
    """An account `keeper` with the password sesame and the certificate of certificates.client()."""

    @classmethod
    def setUpClass(cls):
        cls.server = Inspircd()
        cls.addClassCleanup(cls.server.stop)
        cls.services = Atheme(cls.server)
        cls.addClassCleanup(cls.services.stop)

    def setUp(self):
        super().setUp()
        self.make_account()

    def make_account(self):
        port = self.server.tls_port
        keeper = self.person("keeper", port=port, identity=certificates.client())

        def linked():
            keeper.send("CAP LS 302")
            self.services.check_alive()
            return "sasl" in keeper.until(r":\S+ CAP \S+ LS :.*")[0]

        poll_until(linked, "the services are there")
        keeper.say("NickServ", "REGISTER sesame a@example.org")
        keeper.until(r":NickServ!\S+ NOTICE keeper :.*registered.*")
        keeper.say("NickServ", "CERT ADD")
        keeper.until(r":NickServ!\S+ NOTICE keeper :.*ingerprint.*")
        keeper.send("QUIT")
        keeper.rest()

    def logged_in(self, *args):
        channel = self.channel()
        alice = self.person("alice" + args[1]).join(channel)
        program = self.log(*self.secure(), *args, channels=channel)
        alice.sees_join("logbot", channel)
        alice.send("WHOIS logbot")
        self.assertIn("keeper", alice.number(330)[0])
        self.stop_it(program)

    def test_logins(self):
        """By a password, and by a certificate; with a wrong password there is none."""
        password = ("--sasl-user", "keeper", "--sasl-password-file", self.secret())
        self.logged_in("--sasl", "plain", *password)
        self.logged_in("--sasl", "external", *certificates.client().args)
        wrong = ("--sasl-user", "keeper", "--sasl-password-file", self.secret("wrong"))
        channel = self.channel()
        program = self.log(*self.secure(), "--sasl", "plain", *wrong, channels=channel)
        program.wait_err("(?i)sasl|login|authentication")

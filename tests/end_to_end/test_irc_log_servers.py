"""twx irc-log with servers that others have written."""

import signal

import certificates
from harness import poll_until
from irc_logging import QUICK, LogCase, content
from irc_peers import Person
from irc_servers import Atheme, Inspircd, Ngircd

TRUST = ("--cacert", certificates.ca().cert)


class ServerCase(LogCase):
    """Alice is on the server; to register takes up to a second there."""

    @classmethod
    def begin(cls, server):
        cls.server = server
        cls.addClassCleanup(server.stop)
        cls.alice = Person(server.port, "alice")
        cls.addClassCleanup(cls.alice.close)

    def plain(self, nick="logbot"):
        return ("--server", f"127.0.0.1:{self.server.port}", "--no-tls", *QUICK, "--nick", nick)

    def secure(self):
        return ("--server", f"127.0.0.1:{self.server.tls_port}", *TRUST, *QUICK, "--nick", "logbot")

    def channel(self):
        """One of this test's own."""
        return "#" + self.id().rpartition(".test_")[2][:30]

    def stop_it(self, program):
        program.signal(signal.SIGTERM)
        self.assertEqual(program.wait(), 0, program.err)
        self.assertEqual(self.lines()[-1], "[disconnected at TIME]")

    def wait_part(self, text):
        poll_until(lambda: text.encode() in content(self.log_file), f"{text} is logged")

    def a_conversation(self, where):
        channel, alice = self.channel(), self.alice
        alice.join(channel)
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

    def a_nick_that_is_taken(self):
        """It is borne again when who had it is gone."""
        channel, alice = self.channel(), self.alice
        alice.join(channel)
        other = self.keep(Person(self.server.port, "taken").join(channel))
        alice.sees_join("taken", channel)
        program = self.log(*self.plain("taken"), channels=channel)
        nick = alice.until(rf":(\S+)!\S+ JOIN :?{channel}.*")[1]
        other.close()
        alice.until(rf":{nick}!\S+ NICK :?taken")
        self.stop_it(program)

    def joins_that_are_refused(self, *kinds):
        """(number, mode, its end, what is said): each channel is joined in the end."""
        running = []
        for number, mode, *rest in kinds:
            channel = f"#closed{number}"
            self.alice.join(channel, mode)
            options = {"channels": channel, "file": self.path(number)}
            program = self.log(*self.plain("log" + number), **options)
            running.append((program, channel, "log" + number, self.path(number), *rest))
        for program, channel, nick, path, unmode, reason in running:
            program.wait_err(reason)
            self.alice.send(f"MODE {channel} {unmode}")
            self.alice.sees_join(nick, channel)
            self.wait_line(f"[I have joined {channel}]", path)


class EveryServer:
    """What each of them is tested for."""

    def test_a_conversation(self):
        """Echoes of what the program says are logged once."""
        self.a_conversation(self.plain())

    def test_tls(self):
        self.a_conversation(self.secure())

    def test_a_nick_that_is_taken(self):
        self.a_nick_that_is_taken()


class WithNgircd(EveryServer, ServerCase):
    @classmethod
    def setUpClass(cls):
        cls.begin(Ngircd())

    def test_keys(self):
        """A wrong one is said to be that, the right one opens."""
        program = self.log(*self.plain(), "--channel-key", "#locked=wrong", channels="#locked")
        program.wait_err("#locked.*475")
        self.stop_it(program)
        self.alice.send("JOIN #locked secret")
        self.alice.number(366)
        program = self.log(*self.plain(), "--channel-key", "#locked=secret", channels="#locked")
        self.alice.sees_join("logbot", "#locked")
        self.wait_line("[I have joined #locked]")

    def test_channels_that_are_closed(self):
        self.joins_that_are_refused(
            ("473", "+i", "-i", r"\+i"),
            ("474", "+b *!*@*", "-b *!*@*", r"\+b"),
        )


class WithInspircd(EveryServer, ServerCase):
    @classmethod
    def setUpClass(cls):
        cls.begin(Inspircd())

    def test_channels_that_are_closed(self):
        self.joins_that_are_refused(
            ("473", "+i", "-i", "invite"),
            ("474", "+b *!*@*", "-b *!*@*", "banned"),
            ("475", "+k key", "-k key", "key"),
        )

    def test_a_forward(self):
        """To a channel that nobody asked for: its talk is not logged."""
        alice = self.alice.join("#over").join("#full", "+lL 1 #over")
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
        channel, alice = self.channel(), self.alice
        alice.join(channel)
        self.log(*self.plain(), "--format", "jsonl", "--time", "server", channels=channel)
        alice.sees_join("logbot", channel)
        alice.say(channel, "hello")
        self.wait_part('"hello"')
        said = next(each for each in self.objects() if each["event"] == "message")
        self.assertEqual((said["nick"], said["network"]), ("alice", "TestNet"))
        self.assertEqual(said["time"], said["tags"]["time"])
        self.assertIn("msgid", said["tags"])

    def test_a_bot(self):
        """Says that it is one."""
        channel, alice = self.channel(), self.alice
        alice.join(channel)
        self.log(*self.plain(), channels=channel)
        alice.sees_join("logbot", channel)
        alice.send("WHOIS logbot")  # it said so before it joined
        alice.number(335)
        alice.number(318)


class WithServices(ServerCase):
    """An account `keeper` with the password sesame and the certificate of certificates.client()."""

    @classmethod
    def setUpClass(cls):
        cls.begin(Inspircd())
        services = Atheme(cls.server)
        cls.addClassCleanup(services.stop)
        cls.make_account(services)

    @classmethod
    def make_account(cls, services):
        keeper = Person(cls.server.tls_port, "keeper", certificates.client())

        def linked():
            keeper.send("CAP LS 302")
            services.check_alive()
            return "sasl" in keeper.until(r":\S+ CAP \S+ LS :.*")[0]

        poll_until(linked, "the services are there")
        keeper.say("NickServ", "REGISTER sesame a@example.org")
        keeper.until(r":NickServ!\S+ NOTICE keeper :.*registered.*")
        keeper.say("NickServ", "CERT ADD")
        keeper.until(r":NickServ!\S+ NOTICE keeper :.*ingerprint.*")
        keeper.close()

    def logs_in(self, *args):
        channel, alice = self.channel(), self.alice
        alice.join(channel)
        program = self.log(*self.secure(), *args, channels=channel)
        alice.sees_join("logbot", channel)
        alice.send("WHOIS logbot")
        self.assertIn("keeper", alice.number(330)[0])
        alice.number(318)
        self.stop_it(program)

    def password(self, text):
        return ("--sasl-user", "keeper", "--sasl-password-file", self.secret(text))

    def test_a_password(self):
        self.logs_in("--sasl", "plain", *self.password("sesame"))

    def test_a_certificate(self):
        self.logs_in("--sasl", "external", *certificates.client().args)

    def test_a_wrong_password(self):
        """It joins nothing, and says why when it is asked to stop."""
        program = self.log(*self.secure(), "--sasl", "plain", *self.password("wrong"))
        program.wait_err("(?i)authentication failed")
        program.signal(signal.SIGTERM)
        self.assertEqual(program.wait(), 67)
        self.assertNotIn("joined", content(self.log_file).decode())

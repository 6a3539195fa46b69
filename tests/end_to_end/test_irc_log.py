"""twx irc-log: what it says to a server, what it writes, and whom it answers."""

import os
import re
import signal

from irc_logging import ASCTIME, QUICK, LogCase, content
from irc_peers import SERVER

TALK = (
    ":alice!a@h.example PRIVMSG #chan :hello there",
    ":alice!a@h.example PRIVMSG #chan :\x01ACTION waves\x01",
    ":bob!b@h.example NOTICE #chan :mind the gap",
    ":carl!c@h.example JOIN #chan",
    ":carl!c@h.example NICK dave",
    ":alice!a@h.example MODE #chan +o bob",
    ":alice!a@h.example TOPIC #chan :new topic",
    ":alice!a@h.example KICK #chan bob :enough",
    ":dave!c@h.example PART #chan :bye",
    ":alice!a@h.example QUIT :gone",
)


class Sessions(LogCase):
    def test_a_first_session(self):
        """The very lines, and the very log."""
        peer = self.irc_peer()
        program = self.log(*peer.args())
        session = peer.accept()
        session.program = program
        session.capabilities("multi-prefix")
        self.assertEqual(
            session.seen,
            [
                "CAP LS 302",
                "NICK twistedbot",
                "USER twistedbot 0 * :twx irc-log, writes down what is said",
                "CAP REQ :multi-prefix",
                "CAP END",
            ],
        )
        session.welcome()
        self.assertEqual(session.joining()[0], ["#chan"])
        self.assertEqual(session.seen[-1], "JOIN #chan")
        session.joined("#chan")
        session.send(*TALK[:2], ":carl!c@h.example JOIN #chan", ":carl!c@h.example NICK dave")
        session.sync()
        self.stop(session)
        self.assertEqual(
            self.lines(),
            [
                "[connected at TIME]",
                "[I have joined #chan]",
                "<alice> hello there",
                "* alice waves",
                "*** Joins: carl (c@h.example)",
                "carl is now known as dave",
                "[disconnected at TIME]",
            ],
        )
        self.assertRegex(
            content(self.log_file).decode(),
            rf"\A\[\d\d:\d\d:\d\d\] \[connected at {ASCTIME}\]\n",
        )

    def test_an_empty_list_of_capabilities(self):
        _, session = self.logging()
        asked = [line for line in session.seen if line.startswith("CAP")]
        self.assertEqual(asked, ["CAP LS 302", "CAP END"])

    def test_a_list_in_three_lines(self):
        """Nothing is asked for before the last of them has come."""
        peer = self.irc_peer()
        self.log(*peer.args())
        session = peer.accept()
        session.until(r"USER .*")
        session.nick = "twistedbot"
        for names in ("batch", "server-time"):
            session.send(f":{SERVER} CAP * LS * :{names}")
        self.assertEqual(session.sync(), [])
        session.offer("multi-prefix")
        asked = set(session.until("CAP REQ :(.*)")[1].split())
        self.assertLessEqual({"batch", "server-time", "multi-prefix"}, asked)

    def test_a_server_that_refuses_all(self):
        """Is registered with all the same."""
        peer = self.irc_peer()
        self.log(*peer.args())
        session = peer.accept()
        session.until(r"USER .*")
        session.nick = "twistedbot"
        session.offer("batch server-time multi-prefix")
        session.agree(set())
        session.welcome()
        session.joining()

    def test_a_server_without_capabilities(self):
        """Which may not even know the word."""
        peer = self.irc_peer()
        self.log(*peer.args())
        session = peer.accept()
        session.until(r"USER .*")
        session.nick = "twistedbot"
        session.number("421", "CAP :Unknown command")
        session.welcome()
        session.join("#chan")

    def test_a_ping_before_the_welcome(self):
        peer = self.irc_peer()
        self.log(*peer.args())
        session = peer.accept()
        session.send("PING :1234 cookie")
        session.until("PONG :1234 cookie")

    def test_who_it_says_it_is(self):
        _, session = self.logging("--nick", "TWX[LOG]", "--realname", "a logger")
        self.assertEqual(session.seen[1], "NICK TWX[LOG]")
        self.assertRegex(session.seen[2], r"USER \S+ \S+ \S+ :a logger")

    def test_all_that_happens_in_a_channel(self):
        _, session = self.logging()
        session.send(*TALK)
        session.sync()
        self.assertEqual(
            self.lines()[2:],
            [
                "<alice> hello there",
                "* alice waves",
                "-bob- mind the gap",
                "*** Joins: carl (c@h.example)",
                "carl is now known as dave",
                "*** alice sets mode: +o bob",
                "*** alice changes topic to 'new topic'",
                "*** bob was kicked by alice (enough)",
                "*** Parts: dave (c@h.example) (bye)",
                "*** Quits: alice (a@h.example) (gone)",
            ],
        )

    def test_several_channels_and_keys(self):
        _, session = self.logging("--channel-key", "#two=sesame", channels="#one,#two")
        joins = [line for line in session.seen if line.startswith("JOIN")]
        self.assertIn("sesame", " ".join(joins))
        session.say("in one", channel="#one")
        session.say("in two", channel="#two")
        session.sync()
        self.assertEqual(self.said()[-2:], ["#one <alice> in one", "#two <alice> in two"])

    def test_signals_end_it(self):
        """With a farewell, a last line, and status 0."""
        for number in (signal.SIGTERM, signal.SIGINT):
            with self.subTest(number):
                program, session = self.logging()
                program.signal(number)
                session.until("QUIT( :.*)?")
                session.close()
                self.assertEqual(program.wait(), 0)
                self.assertEqual(self.lines()[-1], "[disconnected at TIME]")

    def test_a_signal_before_there_is_a_connection(self):
        program = self.log("--server", f"127.0.0.1:{self.unused_port()}", "--no-tls", *QUICK)
        program.wait_err("refused")
        program.signal(signal.SIGTERM)
        self.assertEqual(program.wait(), 0)

    def test_wrong_usage(self):
        """Is said in one line, with status 2."""
        for args in (
            (),
            ("#chan",),
            ("#chan", self.log_file, "--format", "xml"),
            ("#chan", self.log_file, "--sasl-user", "me"),
            ("#chan", self.log_file, "--sasl", "external"),
            ("chan", self.log_file),
            ("#chan", self.log_file, "--channel-key", "#other=key"),
            ("#chan", self.log_file, "--nick", "two words"),
            ("#chan", self.path("{nonsense}.log")),
        ):
            with self.subTest(args):
                self.assertEqual(self.run_twx("irc-log", *args).status, 2)

    def test_a_log_that_cannot_be_made(self):
        result = self.run_twx("irc-log", "#chan", "/nowhere/log.txt")
        self.assertEqual(result.status, 23)
        self.assertIn("/nowhere/log.txt: No such file or directory", result.err)


class Replies(LogCase):
    def test_a_whisper_and_an_address(self):
        """The two replies of Twisted's bot, which tells the log of what it says in the channel."""
        _, session = self.logging()
        session.say("hi", channel=session.nick)
        session.until("PRIVMSG alice :It isn't nice to whisper! Play nice with the group[.]")
        session.say("twistedbot: hello?")
        session.until("PRIVMSG #chan :alice: I am a log bot")
        session.sync()
        self.assertEqual(
            self.lines()[2:],
            ["<alice> hi", "<alice> twistedbot: hello?", "<twistedbot> alice: I am a log bot"],
        )

    def test_none(self):
        _, session = self.logging("--no-replies")
        session.say("hi", channel=session.nick)
        session.say("twistedbot: hello?")
        self.assertEqual(session.sync(), [])

    def test_a_new_name_is_listened_to(self):
        """And the old one is not."""
        _, session = self.logging()
        session.send(f":{session.own()} NICK logger")
        session.say("twistedbot: hello?")
        self.assertEqual(session.sync(), [])
        session.say("logger: hello?")
        session.until("PRIVMSG #chan :alice: I am a log bot")

    def test_names_that_are_one(self):
        """By the case mapping of the server."""
        for mapping, answered in (("rfc1459", True), ("ascii", False)):
            with self.subTest(mapping):
                peer = self.irc_peer()
                self.log(*peer.args(), "--nick", "TWX[LOG]")
                session = peer.accept()
                session.register(supports=f"CHANTYPES=# CASEMAPPING={mapping}").join("#chan")
                session.say("twx{log}: hello?")
                self.assertEqual(bool(session.sync()), answered)

    def test_names_that_begin_alike(self):
        """Are not one's own."""
        _, session = self.logging()
        session.send(":twistedbot2!a@h.example JOIN #chan")
        session.say("twistedbot2: hello?")
        self.assertEqual(session.sync(), [])
        self.assertEqual(self.lines()[2], "*** Joins: twistedbot2 (a@h.example)")

    def test_a_flood_of_questions(self):
        """Few are answered, and none holds the pongs up."""
        _, session = self.logging()
        session.send(*[":alice!a@h.example PRIVMSG twistedbot :\x01VERSION\x01"] * 50)
        replies = session.sync()
        self.assertLessEqual(len(replies), 8)
        self.assertGreater(len(replies), 0)
        self.assertRegex(replies[0], "NOTICE alice :\x01VERSION twx.*\x01")

    def test_a_flood_of_whispers(self):
        _, session = self.logging()
        session.send(*[":alice!a@h.example PRIVMSG twistedbot :psst"] * 100)
        self.assertIn(len(session.sync()), range(1, 13))

    def test_notices_are_not_answered(self):
        """Or two bots would talk for ever."""
        _, session = self.logging()
        for text in ("psst", "twistedbot: hello?", "\x01VERSION\x01"):
            session.send(f":alice!a@h.example NOTICE twistedbot :{text}")
            session.send(f":alice!a@h.example NOTICE #chan :{text}")
        self.assertEqual(session.sync(), [])

    def test_its_own_words_come_back(self):
        """With echo-message: they are logged once, and not answered."""
        _, session = self.logging(offered="echo-message")
        session.say("twistedbot: hello?")
        reply = session.until("PRIVMSG #chan :alice: I am a log bot")[0]
        session.send(f":{session.own()} {reply}")
        session.send(f":{session.own()} PRIVMSG #chan :twistedbot: well")
        self.assertEqual(session.sync(), [])
        self.assertEqual(self.said().count("<twistedbot> alice: I am a log bot"), 1)


class Forms(LogCase):
    def test_json_lines(self):
        """With all tags of each message, whatever they contain."""
        offered = "server-time message-tags account-tag"
        _, session = self.logging("--format", "jsonl", "--time", "server", offered=offered)
        tags = r"time=2026-02-03T04:05:06.789Z;msgid=a1;account=al;+example/x=\s\:\\\"é;empty"
        session.say('say "\\"', tags=tags)
        session.sync()
        last = self.objects()[-1]
        self.assertEqual(last["time"], "2026-02-03T04:05:06.789Z")
        self.assertEqual((last["nick"], last["text"]), ("alice", 'say "\\"'))
        self.assertEqual((last["account"], last["channel"]), ("al", "#chan"))
        self.assertEqual(last["network"], "Test")
        self.assertEqual(
            last["tags"],
            {
                "time": "2026-02-03T04:05:06.789Z",
                "msgid": "a1",
                "account": "al",
                "+example/x": ' ;\\"é',
                "empty": "",
            },
        )
        self.assertEqual([each["event"] for each in self.objects()[:2]], ["connected", "joined"])

    def test_whose_time(self):
        for time in ("server", "utc", "local"):
            with self.subTest(time):
                _, session = self.logging("--time", time, offered="server-time")
                session.say("hi", tags="time=2026-02-03T04:05:06.789Z")
                session.sync()
                line = content(self.log_file).splitlines()[-1]
                self.assertEqual(line.endswith(b"] <alice> hi"), True)
                self.assertEqual(line.startswith(b"[04:05:06]"), time == "server")

    def test_the_time_zone_of_the_server_s_time(self):
        """Is this host's."""
        environment = {**os.environ, "TZ": "XYZ-2"}
        offered = "server-time"
        _, session = self.logging("--time", "server", offered=offered, env=environment)
        session.say("hi", tags="time=2026-02-03T04:05:06.789Z")
        session.sync()
        self.assertTrue(content(self.log_file).endswith(b"[06:05:06] <alice> hi\n"))

    def test_forms_of_other_programs(self):
        for form, wanted in (
            ("irssi", rb"\d\d:\d\d(:\d\d)? <.?alice> well"),
            ("weechat", rb"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\t.?alice\twell"),
        ):
            with self.subTest(form):
                path = self.path(form)
                _, session = self.logging("--format", form, file=path)
                session.say("well")
                session.sync()
                self.assertRegex(content(path).splitlines()[-1], re.compile(b"^" + wanted + b"$"))

    def test_a_file_for_each_channel(self):
        """With names that are safe and different, whatever channels are called."""
        channels = ["#/../../x", "#a/b", "#a-b", "#a%2fb", "#..", "#A"]
        os.mkdir(self.path("logs"))
        template = self.path("logs/{network}/{channel}.log")
        _, session = self.logging(channels=",".join(channels), file=template)
        for channel in channels:
            session.say(f"in {channel}", channel=channel)
        session.sync()
        found = {}
        for folder, _, names in os.walk(self.folder):
            for name in names:
                path = os.path.join(folder, name)
                found[os.path.relpath(path, self.path("logs"))] = self.said(path)
        said = sum(found.values(), [])
        self.assertEqual(sorted(said), sorted(f"<alice> in {channel}" for channel in channels))
        self.assertEqual({os.path.dirname(path) for path in found}, {"Test"})
        self.assertEqual(found[os.path.join("Test", "#a%2Fb.log")], ["<alice> in #a/b"])
        self.assertEqual(found[os.path.join("Test", "#a.log")], ["<alice> in #A"])

    def test_a_file_for_each_day(self):
        template = self.path("%Y-%m-%d.log")
        offered = "server-time"
        _, session = self.logging("--time", "server", offered=offered, file=template)
        for day in ("03", "04"):
            session.say(f"on {day}", tags=f"time=2026-02-{day}T04:05:06.789Z")
        session.sync()
        for day in ("03", "04"):
            self.assertEqual(self.said(self.path(f"2026-02-{day}.log")), [f"<alice> on {day}"])

    def test_people_who_do_not_want_it(self):
        """By a mark in what they say, or since the user knows them."""
        _, session = self.logging("--ignore", "bob!*@*")
        session.say("[nolog] a secret")
        session.say("hi", nick="bob")
        session.say("hi", nick="bobby")
        session.sync()
        self.assertEqual(self.said(), ["<alice> [message not logged]", "<bobby> hi"])

    def test_standard_output(self):
        """Takes the log if it is called -."""
        program, session = self.logging(file="-")
        session.say("hi")
        session.sync()
        program.wait_out(b"[")
        self.stop(session)
        self.assertEqual(
            [self.without_time(line) for line in program.out.decode().splitlines()][1:3],
            ["[I have joined #chan]", "<alice> hi"],
        )
        self.assertFalse(os.path.exists(self.path("-")))

    def test_a_reader_that_goes(self):
        """Ends it."""
        reader, writer = os.pipe()
        peer = self.irc_peer()
        program = self.log(*peer.args(), file="-", stdout=writer)
        os.close(writer)
        session = peer.accept()
        session.register().join("#chan")
        os.close(reader)
        session.say("hi")
        session.until("QUIT( :.*)?")
        session.close()
        program.wait()

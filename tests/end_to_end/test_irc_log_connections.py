"""twx irc-log: how it comes into a channel, stays there and returns."""

import re
import time

from harness import SLOW
from irc_logging import QUICK, LogCase
from irc_peers import SERVER


class ConnectionCase(LogCase):
    def lost(self, session):
        """Breaks the connection; the next one."""
        session.close()
        following = session.peer.accept()
        following.peer, following.program = session.peer, session.program
        return following


class Returning(ConnectionCase):
    def test_after_a_loss(self):
        """It comes back, and the log says what is missing."""
        _, session = self.logging()
        session.say("before")
        session.sync()
        session = self.lost(session)
        session.register().join("#chan")
        session.say("after")
        session.sync()
        lines = self.lines()
        self.assertEqual(
            [line for line in lines if not line.startswith("[gap")],
            [
                "[connected at TIME]",
                "[I have joined #chan]",
                "<alice> before",
                "[disconnected at TIME]",
                "[connected at TIME]",
                "[I have joined #chan]",
                "<alice> after",
            ],
        )
        gap = next(line for line in lines if line.startswith("[gap"))
        self.assertRegex(gap, r"^\[gap of 00:00:\d\d(: .*)?\]$")
        self.assertLess(lines.index("[disconnected at TIME]"), lines.index(gap))
        self.assertLess(lines.index(gap), lines.index("<alice> after"))

    def test_a_first_connection_that_is_refused(self):
        """It keeps trying."""
        sock = self.refusing_socket()
        port = sock.getsockname()[1]
        program = self.log("--server", f"127.0.0.1:{port}", "--no-tls", *QUICK, "-v")
        program.wait_err("refused")
        sock.listen()
        sock.settimeout(10 * SLOW)
        peer = self.keep(sock.accept()[0])
        self.assertEqual(peer.recv(10), b"CAP LS 302")

    def sees_it_less_often(self, begin):
        """`begin` is what the server says on each connection, before it closes it."""
        peer = self.irc_peer()
        self.log(*peer.args(), "--reconnect-min", "20ms", "--reconnect-max", "2s")
        times = []
        for _ in range(5):
            session = peer.accept()
            times.append(time.monotonic())
            begin(session)
            session.close()
        self.assertGreater(times[4] - times[3], times[1] - times[0])
        return peer

    def test_a_server_that_throws_it_out(self):
        """Sees it less and less often, and at last it is welcome."""

        def throw_out(session):
            session.until("USER .*")
            session.send("ERROR :Trying to reconnect too fast.")

        self.sees_it_less_often(throw_out).accept().register().join("#chan")

    def test_a_loss_before_the_channel(self):
        """Is no reason to come back sooner: a welcome is not all."""
        self.sees_it_less_often(lambda session: session.register().joining())

    def test_a_server_that_falls_silent(self):
        """It is asked, and when it does not answer it is left."""
        _, session = self.logging("--lag-timeout", "200ms")
        session.until("PING .*")
        session = session.peer.accept()
        session.register().join("#chan")
        self.assertIn("[disconnected at TIME]", self.lines())

    def test_a_server_that_has_nothing_to_say(self):
        """But answers is stayed with."""
        _, session = self.logging("--lag-timeout", "200ms")
        for _ in range(4):
            cookie = session.until("PING :?(.*)")[1]
            session.send(f":{SERVER} PONG {SERVER} :{cookie}")
        session.sync()
        self.assertNotIn("[disconnected at TIME]", self.lines())

    def test_a_batch_that_the_loss_cut_off(self):
        """Does not reach into the next session."""
        offered = "batch message-tags"
        _, session = self.logging(offered=offered)
        session.send(f":{SERVER} BATCH +1 netsplit a.example b.example")
        session.sync()
        session = self.lost(session)
        session.register(offered).join("#chan")
        session.say("whole", tags="batch=1")
        session.send("@batch=1 :alice!a@h.example QUIT :gone")
        session.sync()
        self.assertEqual(
            self.said()[-2:], ["<alice> whole", "*** Quits: alice (a@h.example) (gone)"]
        )

    def missing(self, most):
        """A session that has come back, after m1, to a server that tells `most` at once."""
        offered = "batch server-time message-tags draft/chathistory"
        supports = f"CHANTYPES=# NETWORK=Test CHATHISTORY={most} MSGREFTYPES=msgid,timestamp"
        peer = self.irc_peer()
        program = self.log(*peer.args(), *QUICK, "--format", "jsonl", "--time", "server")
        session = peer.accept()
        session.peer, session.program = peer, program
        session.register(offered, supports=supports).join("#chan")
        session.say("text 1", tags=self.tags(1))
        session.sync()
        session = self.lost(session)
        session.register(offered, supports=supports)
        session.joining()
        session.joined("#chan")
        return session

    def tags(self, number):
        return f"time=2026-02-03T04:05:{number:02}.000Z;msgid=m{number}"

    def replay(self, session, *numbers):
        session.send(f":{SERVER} BATCH +h chathistory #chan")
        for number in numbers:
            session.say(f"text {number}", tags=f"batch=h;{self.tags(number)}")
        session.send(f":{SERVER} BATCH -h")

    def messages(self):
        return [each for each in self.objects() if each["event"] == "message"]

    def test_history_that_it_missed(self):
        """Is asked for; what it had is not logged twice, the rest with the server's time."""
        session = self.missing(most=100)
        session.until("CHATHISTORY (AFTER|LATEST) #chan .*")
        self.replay(session, 1, 2, 3)
        session.say("text 4", tags=self.tags(4))
        session.sync()
        said = self.messages()
        self.assertEqual([each["text"] for each in said], [f"text {n}" for n in range(1, 5)])
        self.assertEqual([each.get("history", False) for each in said], [False, True, True, False])
        self.assertEqual(said[1]["time"], "2026-02-03T04:05:02.000Z")

    def test_history_in_pieces(self):
        """It asks until there is no more."""
        session = self.missing(most=3)
        for begin in (2, 5, 8):
            session.until(f"CHATHISTORY AFTER #chan msgid=m{begin - 1} 3")
            self.replay(session, *range(begin, min(begin + 3, 10)))
        session.sync()
        said = [each["text"] for each in self.messages()]
        self.assertEqual(said, [f"text {n}" for n in range(1, 10)])

    def test_history_that_is_refused(self):
        """Leaves a gap, which is told."""
        session = self.missing(most=3)
        session.until("CHATHISTORY .*")
        session.send(f":{SERVER} FAIL CHATHISTORY MESSAGE_ERROR AFTER #chan :Not today")
        session.say("text 2", tags=self.tags(2))
        session.sync()
        self.assertEqual([each["text"] for each in self.messages()], ["text 1", "text 2"])
        self.assertEqual([each["event"] for each in self.objects()].count("gap"), 1)

    def test_a_netsplit(self):
        """Is one line, and so is its end."""
        offered = "batch message-tags"
        _, session = self.logging(offered=offered)
        session.send(f":{SERVER} BATCH +s netsplit a.example b.example")
        for nick in ("alice", "bob"):
            session.send(f"@batch=s :{nick}!x@h.example QUIT :a.example b.example")
        session.send(f":{SERVER} BATCH -s")
        session.sync()
        self.assertEqual(self.lines()[-1], "[netsplit: a.example b.example: alice, bob]")


class Channels(ConnectionCase):
    def refuse(self, session, number, channel="#chan", reason="Cannot join channel"):
        """Answers the JOIN that comes next; when it came."""
        wanted, _ = session.joining()
        self.assertEqual(wanted, [channel])
        session.number(number, f"{channel} :{reason}")
        return time.monotonic()

    def assertSaidOnce(self, program, reason):
        """To the user, however often it was a server's answer."""
        program.wait_err(re.escape(reason))
        found = [line for line in program.lines() if reason in line]
        self.assertEqual(len(found), 1, program.lines())

    def test_its_kick(self):
        """Is logged; it joins again once, after a pause, not when somebody else is kicked."""
        _, session = self.logging()
        session.send(":alice!a@h.example KICK #chan bob :out")
        self.assertEqual(session.sync(), [])
        session.send(":alice!a@h.example KICK #chan twistedbot :you too")
        session.until("JOIN #chan")
        session.joined("#chan")
        self.assertEqual(session.sync(), [])
        self.assertEqual(
            self.lines()[2:],
            [
                "*** bob was kicked by alice (out)",
                "*** twistedbot was kicked by alice (you too)",
                "[I have joined #chan]",
                "[gap of 00:00:00]",
            ],
        )

    def test_a_ban(self):
        """It tries less and less often, and comes in when it is lifted."""
        peer = self.irc_peer()
        program = self.log(*peer.args(), *QUICK)
        session = peer.accept().register()
        times = [self.refuse(session, "474", reason="(+b)") for _ in range(4)]
        self.assertGreater(times[3] - times[2], times[1] - times[0])
        session.join("#chan")
        self.assertIn("[I have joined #chan]", self.lines())
        self.assertSaidOnce(program, "+b")

    def test_each_reason_is_said_once(self):
        peer = self.irc_peer()
        program = self.log(*peer.args(), *QUICK)
        session = peer.accept().register()
        for number, reason in (("473", "(+i)"), ("473", "(+i)"), ("477", "(+r)")):
            self.refuse(session, number, reason=reason)
        session.join("#chan")
        self.assertSaidOnce(program, "+i")
        self.assertSaidOnce(program, "+r")

    def test_a_forward_to_elsewhere(self):
        """Is not the channel that was wanted, and its talk is not logged as that."""
        peer = self.irc_peer()
        program = self.log(*peer.args(), *QUICK)
        session = peer.accept().register()
        session.joining()
        session.number("470", "#chan ##overflow :Forwarding to another channel")
        session.joined("##overflow")
        session.say("not for the log", channel="##overflow")
        session.sync()
        self.assertNotIn("[I have joined #chan]", self.lines())
        self.assertEqual(self.said(), [])
        program.wait_err("##overflow")

    def test_an_account_that_opens_a_channel(self):
        """It joins at once when it is known, not when the pause is over."""
        for event in (
            ":{server} 900 {nick} {own} account :You are now logged in",
            ":{nick} MODE {nick} +r",
        ):
            with self.subTest(event):
                peer = self.irc_peer()
                self.log(*peer.args(), "--rejoin-delay", "1h")
                session = peer.accept().register()
                self.refuse(session, "477", reason="You need to be identified")
                self.assertEqual(session.sync(), [])
                session.send(event.format(server=SERVER, nick=session.nick, own=session.own()))
                session.join("#chan")


class Nicks(ConnectionCase):
    def test_names_that_are_taken(self):
        """It tries others, each of them good, and not all at once."""
        peer = self.irc_peer()
        self.log(*peer.args())
        session = peer.accept()
        tried = [session.until(r"NICK (\S+)")[1]]
        session.until("USER .*")
        session.offer("")
        session.until("CAP END")
        for _ in range(3):
            session.send(f":{SERVER} 433 * {tried[-1]} :Nickname is already in use")
            tried.append(session.until(r"NICK :?(\S+)")[1])
        self.assertEqual(len(set(tried)), 4)
        for nick in tried:
            self.assertRegex(nick, r"\A[A-Za-z_][A-Za-z0-9_-]*\Z")
        session.nick = tried[-1]
        session.welcome()
        session.join("#chan")

    def test_a_server_where_all_are_taken(self):
        """Is not flooded, and the program goes on."""
        peer = self.irc_peer()
        program = self.log(*peer.args())
        session = peer.accept()
        session.offer("")
        tries = 0
        with self.assertRaisesRegex(AssertionError, "no more comes"):
            while nick := session.until(r"NICK :?(\S+)")[1]:
                tries += 1
                self.assertLess(tries, 30)
                session.send(f":{SERVER} 433 * {nick} :Nickname is already in use")
                if tries == 2:
                    session.sock.settimeout(0.5)
        self.assertGreater(tries, 1)
        self.assertTrue(program.running())

    def test_a_name_that_is_not_good(self):
        """A shorter one is tried."""
        peer = self.irc_peer()
        self.log(*peer.args(), "--nick", "much-too-long-a-name")
        session = peer.accept()
        first = session.until(r"NICK (\S+)")[1]
        session.offer("")
        session.send(f":{SERVER} 432 * {first} :Erroneous nickname")
        other = session.until(r"NICK :?(\S+)")[1]
        self.assertLess(len(other), len(first))
        session.nick = other
        session.welcome()
        session.join("#chan")

    def test_the_name_that_it_wanted(self):
        """It takes it when it is free."""
        peer = self.irc_peer()
        self.log(*peer.args(), *QUICK)
        session = peer.accept()
        session.until("USER .*")
        session.offer("")
        session.send(f":{SERVER} 433 * twistedbot :Nickname is already in use")
        session.nick = session.until(r"NICK :?(\S+)")[1]
        session.welcome()
        session.join("#chan")
        session.send(":twistedbot!x@h.example QUIT :bye")
        session.until("NICK :?twistedbot")
        session.send(f":{session.own()} NICK twistedbot")
        session.nick = "twistedbot"
        session.say("twistedbot: hello?")
        session.until("PRIVMSG #chan :alice: I am a log bot")

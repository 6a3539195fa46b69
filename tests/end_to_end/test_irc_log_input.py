"""twx irc-log: what servers and people can send, and what becomes of it in the log."""

from harness import MIB, memory_limit
from irc_logging import LogCase, content

# Not one of these may be in a log: controls, what changes the direction, and other ends of lines.
FORBIDDEN = (
    set(map(chr, [*range(10), *range(11, 32), 127, *range(128, 160)]))
    | set("\u2028\u2029\u200e\u200f\u061c")
    | set("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
)

MALFORMED = tuple(
    ":|:x|:x |@|@a|@a |@a=b|@a :x|PRIVMSG|PRIVMSG #chan|:alice PRIVMSG|:alice PRIVMSG #chan|JOIN|"
    ":alice JOIN|:twistedbot JOIN|: JOIN #chan|PART|:alice PART|KICK|:alice KICK #chan|NICK|"
    ":alice NICK|:twistedbot NICK|:twistedbot NICK :|QUIT|MODE|:alice MODE #chan|:alice MODE|TOPIC|"
    ":alice TOPIC #chan|PING|PONG|CAP|CAP *|CAP * LS|CAP * ACK|AUTHENTICATE|BATCH|BATCH +|BATCH -|"
    "BATCH -unknown|001|005|005 twistedbot|332|353|366|433|470|900|000|99999|!@ PRIVMSG #chan|"
    ":!@ NOTICE|:alice NOTICE|INVITE|CHGHOST|:alice CHGHOST a|:alice!a@h PRIVMSG #chan :\x01|"
    ":alice!a@h PRIVMSG twistedbot :\x01\x01|  |".split("|")
)


class Input(LogCase):
    def assertHarmless(self, allowed=frozenset()):
        """The log is whole lines of valid UTF-8 in which nothing acts."""
        text = content(self.log_file).decode()
        self.assertEqual(FORBIDDEN & set(text) - allowed, set())
        self.assertTrue(text.endswith("\n"))

    def test_a_line_without_measure(self):
        """The next is logged whole."""
        _, session = self.logging()
        session.say("x" * 20000)
        session.say("next")
        session.sync()
        self.assertEqual(self.lines()[-1], "<alice> next")
        self.assertLess(len(content(self.log_file)), 20000)

    def test_a_line_without_an_end(self):
        """Takes no memory."""
        program, session = self.logging()
        before = program.rss()
        for _ in range(16):
            session.sock.sendall(b"x" * MIB)
        session.send("")
        session.say("next")
        session.sync()
        self.assertEqual(self.lines()[-1], "<alice> next")
        self.assertLess(program.rss() - before, memory_limit(8 * MIB))

    def test_lines_in_any_pieces(self):
        """And with any ends."""
        _, session = self.logging()
        sent = b":alice!a@h.example PRIVMSG #chan :"
        whole = sent + b"one\r\n" + sent + b"two\n" + sent + b"three\r\n\r\n\n" + sent + b"four\r\n"
        for at in range(len(whole)):
            session.sock.sendall(whole[at : at + 1])
        session.sync()
        wanted = [f"<alice> {text}" for text in ("one", "two", "three", "four")]
        self.assertEqual(self.said(), wanted)

    def test_tags_without_measure(self):
        """No text of them becomes a message."""
        _, session = self.logging(offered="message-tags")
        session.say("after", tags="x=" + "PRIVMSG" * 1300)
        session.say("escaped", tags=r"x=\r\n:mallory\sPRIVMSG\s#chan\s:forged")
        session.say("next")
        session.sync()
        self.assertEqual(self.said()[-2:], ["<alice> escaped", "<alice> next"])
        self.assertNotIn(b"PRIVMSG", content(self.log_file))

    def test_lines_that_make_no_sense(self):
        _, session = self.logging()
        self.assertGreater(len(MALFORMED), 40)
        session.send(*MALFORMED)
        session.say("next")
        session.sync()
        self.assertEqual(self.said()[-1], "<alice> next")
        self.assertHarmless()

    def nasty_lines(self):
        """Of all kinds, with what acts wherever people can put it."""
        nasty = [*"\0\r\x1b\x07\x9b\u0085\u2028\u2029\u202e\u200f\u2066\x0b\x0c\x7f"]
        nasty += ["\x1b[2J\x1b]0;title\x07", "\r[00:00:00] <bob> forged", "\u2028<bob> forged"]
        nasty += map(chr, (*range(1, 10), *range(11, 13), *range(14, 32)))
        for each in [text.encode() for text in nasty] + [b"\x9b31m", b"\x85"]:
            yield b"@msgid=%s;+a%sb=c :alice!a@h.example PRIVMSG #chan :a%sb" % (each, each, each)
            yield b":al%sice!a@h.example PRIVMSG #chan :text" % each
            yield b":alice!a@h%s.example JOIN #chan" % each
            yield b":alice!a@h.example TOPIC #chan :a%sb" % each
            yield b":alice!a@h.example NICK :bo%sb" % each
            yield b":bo%sb!a@h.example QUIT :a%sb" % (each, each)

    def test_characters_that_act(self):
        """None is in the log, and no line is forged, whatever its form."""
        nasty = list(self.nasty_lines())
        for form in ("text", "jsonl", "irssi", "weechat"):
            with self.subTest(form):
                self.log_file = self.path(form)
                _, session = self.logging("--format", form, offered="message-tags")
                before = content(self.log_file).count(b"\n")
                session.send(*nasty)
                session.say("next")
                session.sync()
                text = content(self.log_file)
                self.assertIn(b"next", text.splitlines()[-1])
                self.assertHarmless({"\t"} if form == "weechat" else set())
                self.assertLessEqual(text.count(b"\n"), before + len(nasty) + 1)
                if form == "jsonl":
                    self.assertEqual(self.objects()[-1]["text"], "next")

    def test_colours(self):
        """Go; the text and its digits stay."""
        _, session = self.logging()
        session.say("\x034,12red\x03 5 \x02bold\x02 \x04FF0000hex\x0f \x1funder\x1f \x11mono\x11")
        session.say("\x03,5 3,4")
        session.sync()
        self.assertEqual(self.said()[0], "<alice> red 5 bold hex under mono")
        self.assertEqual(self.said()[1], "<alice> ,5 3,4")

    def test_other_encodings(self):
        """What is not UTF-8 is Latin-1, or what the user says."""
        for args, sent, wanted in (
            ((), "naïve 試".encode(), "naïve 試"),
            ((), "naïve".encode("latin-1"), "naïve"),
            ((), b"\xc3\x28 \xff \xed\xa0\x80 \xc0\xaf", None),
            (("--encoding", "latin1"), "naïve".encode("latin-1"), "naïve"),
        ):
            with self.subTest(sent):
                _, session = self.logging(*args)
                session.say(sent)
                session.sync()
                self.assertHarmless()
                if wanted:
                    self.assertEqual(self.said()[-1], f"<alice> {wanted}")

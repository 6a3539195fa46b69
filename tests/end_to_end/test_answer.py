"""serve answer, and how lines end."""

from harness import Case, read_all, read_exactly

FINE = b"Fine"
UNKNOWN = b"I don't know what you mean"


class Answer(Case):
    def ask(self, server, data, *wanted):
        with server.connect() as sock:
            for piece in data if isinstance(data, list) else [data]:
                sock.sendall(piece)
            answer = b"".join(wanted)
            self.assertEqual(read_exactly(sock, len(answer)), answer)

    def test_question_and_other_lines(self):
        """Each line has its answer, in order; an empty one too."""
        self.ask(
            self.serve("answer"),
            b"How are you?\r\nhow are you?\r\n\r\nHow are you?\r\n",
            *(word + b"\r\n" for word in (FINE, UNKNOWN, UNKNOWN, FINE)),
        )

    def test_line_in_pieces(self):
        """However it is cut."""
        pieces = [bytes([octet]) for octet in b"How are you?\r\n"]
        self.ask(self.serve("answer"), pieces, FINE + b"\r\n")

    def test_answers_come_after_half_close(self):
        """A client at the end of a pipe gets all of them."""
        server = self.serve("answer")
        result = self.run_connect(server.place, input=b"How are you?\r\n" * 1000)
        self.assertEqual(result.out, b"Fine\r\n" * 1000)
        self.assertEqual(result.status, 0)

    def test_ends_of_lines(self):
        """crlf and lf take only their own; any takes both and answers alike."""
        both = b"How are you?\nHow are you?\r\n"
        self.ask(self.serve("answer"), both, UNKNOWN + b"\r\n")
        self.ask(self.serve("answer", "--line", "lf"), both, FINE + b"\n" + UNKNOWN + b"\n")
        server = self.serve("answer", "--line", "any")
        self.ask(server, both, FINE + b"\n" + FINE + b"\n")
        self.ask(server, b"How are you?\r\n\n", FINE + b"\r\n" + UNKNOWN + b"\r\n")

    def test_line_without_end_is_not_kept(self):
        """More than 16384 bytes end the connection."""
        with self.serve("answer").connect() as sock:
            sock.sendall(b"x" * 16384 + b"\r\n")
            self.assertEqual(read_exactly(sock, len(UNKNOWN) + 2), UNKNOWN + b"\r\n")
            sock.sendall(b"x" * 16386)
            self.assertEqual(read_all(sock), b"")

    def test_unknown_end_of_line(self):
        """A usage error that names the ones there are."""
        result = self.run_twx("serve", "answer", "0", "--line", "cr")
        self.assertEqual(result.status, 2)
        self.assertRegex(result.err, "crlf.*lf.*any")

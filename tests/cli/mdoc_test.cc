#include "cli/mdoc.h"

#include "tests/support/catch.h"

using namespace twx;

TEST_CASE("text of a page stays ASCII, and options can be copied from it", "[cli]") {
  CHECK(mdoc_escaped("don't ~a^b`c`") == "don\\(aqt \\(tia\\(hab\\(gac\\(ga");
  CHECK(mdoc_escaped("shown as \\x1b") == "shown as \\ex1b");
  CHECK(mdoc_escaped("with --idle-timeout, '-v' and half-close") ==
        "with \\-\\-idle\\-timeout, \\(aq\\-v\\(aq and half-close");
}

TEST_CASE("an argument of a macro is one word, and no macro", "[cli]") {
  CHECK(mdoc_argument("HOST") == "HOST");
  CHECK(mdoc_argument("HOST PORT") == "\"HOST PORT\"");
  CHECK(mdoc_argument("") == "\"\"");
  CHECK(mdoc_argument("say \"x\"") == "\"say \\(dqx\\(dq\"");
  CHECK(mdoc_argument("No") == "\\&No");
  CHECK(mdoc_argument("Ask") == "\\&Ask");
  CHECK(mdoc_argument("|") == "\\&|");
  CHECK(mdoc_argument("idle-timeout") == "idle\\-timeout");
  CHECK(mdoc_words("log channels of IRC. No more") == "log channels of IRC. \\&No more");
}

TEST_CASE("each sentence of a paragraph begins a line", "[cli]") {
  CHECK(mdoc_paragraph("Sends bytes back (RFC 862). A client waits. --pin is one, e.g. this.") ==
        "Sends bytes back (RFC 862).\nA client waits.\n\\-\\-pin is one, e.g. this.\n");
  CHECK(mdoc_paragraph("It says \"No such user.\" Then it ends.") ==
        "It says \"No such user.\"\nThen it ends.\n");
}

TEST_CASE("no line of a paragraph is long, and none is taken for a macro", "[cli]") {
  std::string words;
  for (int i = 0; i < 60; ++i) words += "word .dot ";
  auto const text = mdoc_paragraph(words);
  for (std::string_view rest = text; !rest.empty(); rest.remove_prefix(rest.find('\n') + 1)) {
    CHECK(rest.find('\n') <= 82);
    CHECK(rest.front() != '.');
  }
}

TEST_CASE("a command is displayed as it is typed", "[cli]") {
  CHECK(mdoc_display("twx irc-log '#chan' log.txt") ==
        ".Bd -literal -offset indent\ntwx irc\\-log \\(aq#chan\\(aq log.txt\n.Ed\n");
  CHECK(mdoc_display("./dev run").find("\n\\&./dev run\n") != std::string::npos);
}

#include "protocols/content_disposition.h"

#include "tests/support/catch.h"

namespace {

using namespace twx;

std::string name(std::string_view value) { return disposition_name(value).value_or("(none)"); }
std::string safe(std::string_view text) { return safe_file_name(text).value_or("(none)"); }

}  // namespace

TEST_CASE("a file name is a word or a quoted string", "[fetch30]") {
  CHECK(name("attachment; filename=foo.html") == "foo.html");
  CHECK(name("attachment; filename=\"foo.html\"") == "foo.html");
  CHECK(name("Attachment;FILENAME = \"foo bar.html\"") == "foo bar.html");
  CHECK(name("inline; filename=\"semi;colon=.txt\"; size=3") == "semi;colon=.txt");
  CHECK(name("attachment; x-filename=no; filename=yes") == "yes");
  CHECK(name("attachment; filename='single'") == "'single'");
  CHECK(name("attachment; filename=first; filename=second") == "first");
}

TEST_CASE("a backslash in a quoted string stands before a character that means itself",
          "[fetch30]") {
  CHECK(name(R"(attachment; filename="f\oo.html")") == "foo.html");
  CHECK(name(R"(attachment; filename="\"quoted\" \\ it")") == R"("quoted" \ it)");
  CHECK(name(R"(attachment; filename="open)") == "open");
  CHECK(name(R"(attachment; filename="open\)") == "open\\");
}

TEST_CASE("semicolons too many, or no type, are no hindrance", "[fetch30]") {
  CHECK(name("attachment; filename=\"a.txt\";") == "a.txt");
  CHECK(name("attachment; filename=a.txt;") == "a.txt");
  CHECK(name("attachment;; ;filename=a.txt ; ;") == "a.txt");
  CHECK(name("filename=a.txt") == "a.txt");
  CHECK(name("attachment; filename=\"a.txt\" junk; size=3") == "a.txt");
}

TEST_CASE("where there is no name there is none", "[fetch30]") {
  CHECK_FALSE(disposition_name(""));
  CHECK_FALSE(disposition_name("attachment"));
  CHECK_FALSE(disposition_name("attachment; filename"));
  CHECK_FALSE(disposition_name("attachment; filename*0=a; filename*1=b"));
  CHECK(name("attachment; filename=") == "");
}

TEST_CASE("filename* is decoded and preferred, wherever it stands", "[fetch30]") {
  CHECK(name("attachment; filename*=UTF-8''%e2%82%ac%20rates.txt; filename=\"EURO.txt\"") ==
        "\xe2\x82\xac rates.txt");
  CHECK(name("attachment; filename=\"EURO.txt\"; filename*=utf-8'en'%E2%82%AC.txt") ==
        "\xe2\x82\xac.txt");
  CHECK(name("attachment; filename*=iso-8859-1''f%f6%f6.txt") == "f\xc3\xb6\xc3\xb6.txt");
  CHECK(name("attachment; filename*=\"UTF-8''quoted%2etxt\"") == "quoted.txt");
}

TEST_CASE("a filename* that makes no sense leaves it to filename", "[fetch30]") {
  for (auto const* const bad : {"UTF-8''%zz", "UTF-8''%4", "UTF-8''%ff%fe", "UTF-8''%ed%a0%80",
                                "KOI8-R''%c1", "UTF-8'a", "plain.txt", "UTF-8''", ""}) {
    CAPTURE(bad);
    CHECK(name("attachment; filename*=" + std::string(bad) + "; filename=plain") == "plain");
  }
}

TEST_CASE("percent signs of filename stay, and bytes that are no UTF-8 are ISO-8859-1",
          "[fetch30]") {
  CHECK(name("attachment; filename=\"a%20b\"") == "a%20b");
  CHECK(name("attachment; filename=\"f\xf6.txt\"") == "f\xc3\xb6.txt");
  CHECK(name("attachment; filename=\"f\xc3\xb6.txt\"") == "f\xc3\xb6.txt");
}

TEST_CASE("a safe name has no folder (CVE-2010-3842, CVE-2016-0754)", "[fetch30]") {
  CHECK(safe("../../evil") == "evil");
  CHECK(safe("/etc/passwd") == "passwd");
  CHECK(safe("C:\\windows\\evil.dll") == "evil.dll");
  CHECK(safe("a/b\\c") == "c");
  CHECK(safe("a\\b/c") == "c");
  CHECK(safe("folder/") == "(none)");
  CHECK(safe(name("a; filename*=UTF-8''..%2F..%5Cevil")) == "evil");
}

TEST_CASE("a safe name is not empty and does not begin with a dot", "[fetch30]") {
  for (auto const* const bad : {"", ".", "..", ".bashrc", "a/.profile", "...", "\x01.bashrc",
                                "\xe2\x80\x8e.bashrc", "\x7f"}) {
    CAPTURE(bad);
    CHECK(safe(bad) == "(none)");
  }
  CHECK(safe("a.b") == "a.b");
  CHECK(safe(" .b") == " .b");
}

TEST_CASE("a safe name has no control characters", "[fetch30]") {
  CHECK(safe(std::string_view("a\0b\r\nc\x1b[2J\x7f", 12)) == "abc[2J");
  CHECK(safe("a\xc2\x9b"
             "2J\xc3\xb6") == "a2J\xc3\xb6");
  CHECK(safe("cod\xe2\x80\xaegpj.exe") == "codgpj.exe");
  CHECK(safe("cod\xd8\x9cgpj.exe") == "codgpj.exe");  // U+061C turns the direction as well
  CHECK(safe("a\xe2\x82\xac") == "a\xe2\x82\xac");
}

TEST_CASE("a safe name is cut between two characters", "[fetch30]") {
  CHECK(safe(std::string(300, 'a')) == std::string(255, 'a'));
  CHECK(safe(std::string(254, 'a') + "\xc3\xb6") == std::string(254, 'a'));
  CHECK(safe(std::string(253, 'a') + "\xc3\xb6") == std::string(253, 'a') + "\xc3\xb6");
  CHECK(safe(std::string(252, 'a') + "\xf0\x9f\x98\x80") == std::string(252, 'a'));
  CHECK(safe(std::string(10, '\x01') + std::string(255, 'a')) == std::string(255, 'a'));
}

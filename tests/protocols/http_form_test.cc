#include "protocols/http_form.h"

#include <fstream>

#include "tests/reactor/support/harness.h"
#include "tests/support/catch.h"

namespace {

using namespace twx;
using namespace twx::test;

std::string all_of(HttpBody& body) {
  std::string all;
  for (;;) {
    auto const piece = body.read().value();
    REQUIRE(piece);
    if (piece->empty()) return all;
    all += text(*piece);
  }
}

struct Files {
  Files() {
    write("a.txt", "hello");
    write("noext", "zz");
    write("b\"c.xml", "<x/>");
  }
  void write(std::string const& name, std::string const& content) {
    std::ofstream(directory.path(name), std::ios::binary) << content;
  }
  // Files are looked for in the directory; "-" is what somebody typed.
  Result<HttpForm> make(std::vector<std::string> const& arguments) {
    std::vector<FormPart> parts;
    for (auto const& each : arguments) parts.push_back(parse_form(each).value());
    return make(parts);
  }
  Result<HttpForm> make(std::vector<FormPart> const& parts) {
    return make_form(
        parts,
        [this](std::string const& path) -> Result<std::shared_ptr<HttpBody>> {
          return path == "-" ? memory_body("typed") : file_body(directory.path(path));
        },
        [this] { return std::string(1, boundary++); });
  }
  std::string body(std::vector<std::string> const& arguments) {
    return all_of(*make(arguments).value().body);
  }
  ScratchDirectory directory;
  char boundary = 'X';
};

std::string part(std::string const& fields, std::string const& content) {
  return "--X\r\nContent-Disposition: form-data" + fields + "\r\n\r\n" + content + "\r\n";
}

// What the tests compare with was taken from curl 7.88.1.
TEST_CASE("A form is curl's, byte for byte", "[http][form]") {
  Files f;
  auto form =
      f.make({"n\"a\\m=con tent;type=text/x-y", "f=@a.txt", "g=@noext;filename=he\"l\\lo.png",
              "h=@a.txt,noext;type=a/b; charset=x", "i=<a.txt", "j=<b\"c.xml"})
          .value();
  CHECK(form.content_type == "multipart/form-data; boundary=X");
  auto const size = form.body->size();
  auto const body = all_of(*form.body);
  CHECK(size == body.size());
  CHECK(body ==
        part("; name=\"n%22a\\m\"\r\nContent-Type: text/x-y", "con tent") +
            part("; name=\"f\"; filename=\"a.txt\"\r\nContent-Type: text/plain", "hello") +
            part("; name=\"g\"; filename=\"he%22l\\lo.png\"\r\nContent-Type: image/png", "zz") +
            part("; name=\"h\"\r\nContent-Type: multipart/mixed; boundary=Y",
                 "--Y\r\nContent-Disposition: attachment; filename=\"a.txt\"\r\n"
                 "Content-Type: text/plain\r\n\r\nhello\r\n"
                 "--Y\r\nContent-Disposition: attachment; filename=\"noext\"\r\n"
                 "Content-Type: a/b; charset=x\r\n\r\nzz\r\n--Y--\r\n") +
            part("; name=\"i\"", "hello") +
            part("; name=\"j\"\r\nContent-Type: application/xml", "<x/>") + "--X--\r\n");
}

TEST_CASE("What stands behind semicolons", "[http][form]") {
  for (auto const& [argument, expected] : std::vector<std::pair<std::string, std::string>>{
           {"l=;type=x/y", part("; name=\"l\"\r\nContent-Type: x/y", "")},
           {"n=a;b", part("; name=\"n\"", "a")},
           {"e= sp ;x", part("; name=\"e\"", "sp")},
           {"q=v;filename=x.html",
            part("; name=\"q\"; filename=\"x.html\"\r\nContent-Type: text/html", "v")},
           {"q=v;filename=x",
            part("; name=\"q\"; filename=\"x\"\r\nContent-Type: application/octet-stream", "v")},
           {"=@a.txt;filename=", part("; filename=\"\"\r\nContent-Type: text/plain", "hello")},
           {"w=@\"a.txt\";type=text/x;foo=bar;filename=Z ;x",
            part("; name=\"w\"; filename=\"Z\"\r\nContent-Type: text/x;foo=bar", "hello")},
           {"x=<a.txt;filename=u", part("; name=\"x\"", "hello")},
           {"f=@a.txt;headers=\"X-A: b\"",
            part("; name=\"f\"; filename=\"a.txt\"\r\nContent-Type: text/plain\r\nX-A: b",
                 "hello")},
           {"f=v;headers=\"Content-Type: x/y\"", part("; name=\"f\"\r\nContent-Type: x/y", "v")},
           {"f=@-", part("; name=\"f\"; filename=\"-\"", "typed")},
           {"x=<-;TYPE=q/r", part("; name=\"x\"\r\nContent-Type: q/r", "typed")},
       }) {
    Files f;
    CHECK(f.body({argument}) == expected + "--X--\r\n");
  }
}

TEST_CASE("Words in quotes", "[http][form]") {
  for (auto const& [argument, expected] : std::vector<std::pair<std::string, std::string>>{
           {R"(m="q;\"u\\o";type=text/plain)",
            part("; name=\"m\"\r\nContent-Type: text/plain", "q;\"u\\o")},
           {R"(k="ab"cd;filename="x y")",
            part("; name=\"k\"; filename=\"x y\"\r\nContent-Type: application/octet-stream", "ab")},
           {R"(l="ab)", part("; name=\"l\"", "\"ab")},
           {R"(j=[{"a":1}];type=application/json; charset=utf-8)",
            part("; name=\"j\"\r\nContent-Type: application/json; charset=utf-8", R"([{"a":1}])")},
       }) {
    Files f;
    CHECK(f.body({argument}) == expected + "--X--\r\n");
  }
}

TEST_CASE("Parts within parts", "[http][form]") {
  Files f;
  CHECK(f.body({"n=(;type=multipart/alternative;headers=\"X-A: b\"", "=plain", "x=@a.txt", "y=v",
                "z=(;type=multipart/form-data;encoder=base64", "=w", "=)", "=)", "l=m",
                "m=(anything"}) ==
        part("; name=\"n\"\r\nContent-Type: multipart/alternative; boundary=Y\r\nX-A: b",
             "--Y\r\n\r\nplain\r\n"
             "--Y\r\nContent-Disposition: attachment; name=\"x\"; filename=\"a.txt\"\r\n"
             "Content-Type: text/plain\r\n\r\nhello\r\n"
             "--Y\r\nContent-Disposition: attachment; name=\"y\"\r\n\r\nv\r\n"
             "--Y\r\nContent-Disposition: attachment; name=\"z\"\r\n"
             "Content-Type: multipart/form-data; boundary=Z\r\n\r\n"
             "--Z\r\nContent-Disposition: form-data\r\n\r\nw\r\n--Z--\r\n\r\n--Y--\r\n") +
            part("; name=\"l\"", "m") +
            part("; name=\"m\"\r\nContent-Type: multipart/mixed; boundary=[", "--[--\r\n") +
            "--X--\r\n");
  auto const none = f.make(std::vector<std::string>{"a=(", "=)", "=)"});
  REQUIRE_FALSE(none);
  CHECK(none.failure().code() == std::errc::invalid_argument);
  Files g;
  CHECK(g.body({"a=)"}) == part("; name=\"a\"", ")") + "--X--\r\n");
}

TEST_CASE("Fields from a file", "[http][form]") {
  Files f;
  f.write("h", "# of\nX-1: a \r\n\n  b  \n# c\n gone\n\nContent-Type: x/y\nX-2:z");
  auto const file = f.directory.path("h");
  CHECK(f.body({"n=v;headers=@" + file + ";headers=\"X-3: u\";encoder=8bit"}) ==
        part("; name=\"n\"\r\nContent-Type: x/y\r\nContent-Transfer-Encoding: 8bit\r\n"
             "X-1: a   b\r\nX-2: z\r\nX-3: u",
             "v") +
            "--X--\r\n");
  auto const missing = parse_form("n=v;headers=@" + file + "none");
  REQUIRE_FALSE(missing);
  CHECK(missing.failure().code() == Error::cannot_read);
  auto const read = [](std::string const& path) { return Result<std::string>("X: " + path); };
  CHECK(parse_form("n=v;headers=< a b ", read).value().pieces.front().fields.value("X") == "a b");
}

TEST_CASE("Fields of their own stand in the place of ours", "[http][form]") {
  Files f;
  CHECK(f.body({"n=v;headers=\"Content-Disposition: x\";headers=\"Content-Transfer-Encoding: y\""
                ";encoder=base64"}) ==
        "--X\r\nContent-Disposition: x\r\nContent-Transfer-Encoding: y\r\n\r\ndg==\r\n--X--\r\n");
}

struct Encoded {
  std::string encoder, plain, encoded;
};

// The content of a part that is encoded so, whole and read byte by byte.
void check_encoded(Encoded const& each) {
  CAPTURE(each.encoder, each.plain);
  auto const parts = std::vector{parse_form("n=@-;encoder=" + each.encoder).value()};
  for (std::size_t const piece : {each.plain.size() + 1, std::size_t(1)}) {
    std::vector<std::shared_ptr<HttpBody>> pieces;
    for (std::size_t i = 0; i < each.plain.size(); i += piece)
      pieces.push_back(memory_body(each.plain.substr(i, piece)));
    auto const form =
        make_form(
            parts,
            [&](auto const&) -> Result<std::shared_ptr<HttpBody>> { return sequence_body(pieces); },
            [] { return std::string("X"); })
            .value();
    auto const size = form.body->size();
    CHECK(size.has_value() == (each.encoder != "quoted-printable" || each.plain.empty()));
    auto const all = all_of(*form.body);
    if (size) CHECK(*size == all.size());
    auto const begin = all.find("\r\n\r\n") + 4;
    CHECK(all.substr(begin, all.size() - begin - 9) == each.encoded);
    REQUIRE(form.body->rewind());
    CHECK(all_of(*form.body) == all);
  }
}

// What is expected was taken from curl 7.88.1.
TEST_CASE("Encoded parts", "[http][form]") {
  std::string const y(100, 'y');
  for (auto const& each : {
           Encoded{"base64", "", ""},
           Encoded{"BASE64", "v", "dg=="},
           Encoded{"base64", "ab", "YWI="},
           Encoded{"base64", "\xff\xfe\xfd", "//79"},
           Encoded{"base64", std::string(57, '\0'), std::string(76, 'A')},
           Encoded{"base64", std::string(58, '\0'), std::string(76, 'A') + "\r\nAA=="},
           Encoded{"binary", "\x80=", "\x80="},
           Encoded{"8bit", "\x80=", "\x80="},
           Encoded{"7bit", "a=b", "a=b"},
           Encoded{"quoted-printable", "", ""},
           Encoded{"quoted-printable",
                   "caf\xc3\xa9 = x \r\nline2 \ttrailing \nlf\rcr " + y + " end",
                   "caf=C3=A9 =3D x=20\r\nline2 \ttrailing =0Alf=0Dcr " + std::string(48, 'y') +
                       "=\r\n" + std::string(52, 'y') + " end"},
           Encoded{"quoted-printable", y.substr(0, 76), y.substr(0, 76)},
           Encoded{"quoted-printable", y.substr(0, 77), y.substr(0, 75) + "=\r\nyy"},
           Encoded{"quoted-printable", y.substr(0, 76) + "\r\nz", y.substr(0, 76) + "\r\nz"},
           Encoded{"quoted-printable", "a\t", "a=09"},
           Encoded{"quoted-printable", "a\r", "a=0D"},
       })
    check_encoded(each);
}

TEST_CASE("A part that is not 7bit cannot be read", "[http][form]") {
  auto const form = make_form({parse_form("n=caf\xc3\xa9;encoder=7bit").value()}).value();
  REQUIRE(form.body->read().value());
  auto const read = form.body->read();
  REQUIRE_FALSE(read);
  CHECK(read.failure().code() == Error::cannot_read);
}

TEST_CASE("Option --form-string takes everything as it is", "[http][form]") {
  Files f;
  auto const form = f.make({parse_form_string("k=@a;type=x/y=z").value()}).value();
  CHECK(all_of(*form.body) == part("; name=\"k\"", "@a;type=x/y=z") + "--X--\r\n");
}

TEST_CASE("Names cannot end their quotes or their line", "[http][form][fetch14]") {
  Files f;
  auto const form = f.make(
      {FormPart{"a\"\r\nX: y", {{.value = "v", .type = "a/b", .filename = "\"\r\nZ: z\r\n\r\n"}}}});
  CHECK(all_of(*form.value().body) ==
        part("; name=\"a%22%0D%0AX: y\"; filename=\"%22%0D%0AZ: z%0D%0A%0D%0A\"\r\n"
             "Content-Type: a/b",
             "v") +
            "--X--\r\n");
}

TEST_CASE("Types and fields with line ends are refused", "[http][form][fetch14]") {
  for (auto const& piece : {FormPiece{.value = "v", .type = "a/b\r\nX: y"},
                            FormPiece{.value = "v", .fields = {{"X", "y\nZ: z"}}},
                            FormPiece{.value = "v", .fields = {{"X\r", "y"}}}}) {
    Files f;
    auto const form = f.make({FormPart{"n", {piece}}});
    REQUIRE_FALSE(form);
    CHECK(form.failure().code() == HttpError::refused);
  }
}

TEST_CASE("A file that is not there is a failure to read", "[http][form]") {
  for (auto const* const argument : {"f=@none", "f=<none", "f=@a.txt,"}) {
    Files f;
    auto const form = f.make(std::vector<std::string>{argument});
    REQUIRE_FALSE(form);
    CHECK(form.failure().code() == Error::cannot_read);
  }
}

TEST_CASE("Arguments that are none", "[http][form]") {
  for (auto const* const argument : {"nv", "", "n=v;type=bad", "n=v;type=/x", "n=v;type=x/",
                                     "n=v;headers=none", "n=v;encoder=rot13"}) {
    auto const part = parse_form(argument);
    REQUIRE_FALSE(part);
    CHECK(part.failure().code() == std::errc::invalid_argument);
  }
  CHECK_FALSE(parse_form_string("nv"));
}

TEST_CASE("A form of which a part has no known size has none, and can be sent once",
          "[http][form]") {
  auto const fed = std::make_shared<FedBody>([](bool) {});
  fed->add(bytes("x"));
  fed->finish();
  auto const form = make_form({parse_form("f=@-").value()},
                              [&](std::string const&) -> Result<std::shared_ptr<HttpBody>> {
                                return std::shared_ptr<HttpBody>(fed);
                              })
                        .value();
  CHECK_FALSE(form.body->size());
  all_of(*form.body);
  CHECK_FALSE(form.body->rewind());
}

TEST_CASE("A form of files can be sent again", "[http][form]") {
  Files f;
  auto const form = f.make(std::vector<std::string>{"a=b", "f=@a.txt"}).value();
  auto const first = all_of(*form.body);
  REQUIRE(form.body->rewind());
  CHECK(all_of(*form.body) == first);
}

TEST_CASE("A boundary is 24 dashes and 22 random digits", "[http][form]") {
  auto const make = [] { return make_form({parse_form("a=b").value()}).value().content_type; };
  auto const type = make();
  CHECK(type.starts_with("multipart/form-data; boundary=" + std::string(24, '-')));
  CHECK(type.size() == 30 + 24 + 22);
  CHECK(type != make());
}

}  // namespace

#include "clients/fetch_body.h"

#include <string>
#include <utility>

#include "reactor/fakes/memory_reactor.h"
#include "tests/support/catch.h"

namespace {

using namespace twx;
using namespace std::string_literals;

struct Kept final : FetchOutput {
  void write(Bytes data) override { text += twx::text(data); }
  Deferred<void> finish() override { return succeed(); }
  int plain() override { return 7; }
  std::string text;
};

struct Arriving {
  explicit Arriving(bool decode = false, std::uint64_t most = 0)
      : body(reactor, output, decode, most) {
    body.set_source({.hold = [](bool) {}, .abort = [] {}});
  }
  // What it throws.
  std::error_code error_of(auto call) {
    try {
      call();
    } catch (FailureException const& thrown) {
      return thrown.failure().code();
    }
    return {};
  }
  std::error_code put(std::string_view data) {
    return error_of([&] { body.put(bytes(data)); });
  }
  std::error_code end() {
    std::error_code error;
    auto const ended = body.finish({}).add_both([&](Result<void> result) {
      if (!result) error = result.failure().code();
    });
    return error;
  }

  MemoryReactor reactor;
  Kept output;
  FetchBody body;
};

HttpHead head(HttpFields fields = {}) {
  HttpHead made;
  made.status = 200;
  made.fields = std::move(fields);
  return made;
}

auto const gzip_hello =
    "\x1f\x8b\x08\x00\x00\x00\x00\x00\x02\x03\xcb\x48\xcd\xc9\xc9\x07\x00\x86\xa6\x10"
    "\x36\x05\x00\x00\x00"s;
auto const zlib_hello = "\x78\x9c\xcb\x48\xcd\xc9\xc9\x07\x00\x06\x2c\x02\x15"s;
auto const gzip_nothing =
    "\x1f\x8b\x08\x00\x00\x00\x00\x00\x02\x03\x03\x00\x00\x00\x00\x00\x00\x00\x00\x00"s;
auto const gzip_zlib_hello =
    "\x1f\x8b\x08\x00\x00\x00\x00\x00\x02\x03\xab\x98\x73\xda\xe3\xec\xc9\x93\xec\x0c"
    "\x6c\x3a\x4c\xa2\x00\x44\xfe\x85\xaa\x0d\x00\x00\x00"s;
// 1000 letters.
auto const gzip_much =
    "\x1f\x8b\x08\x00\x00\x00\x00\x00\x02\x03\x4b\x4c\x1c\x05\xa3\x60\x14\x0c\x77\x00"
    "\x00\x03\xda\x38\x9a\xe8\x03\x00\x00"s;

TEST_CASE("Nothing is decoded unless that is asked for", "[fetch][fetch25]") {
  Arriving f;
  f.body.begin(head({{"Content-Encoding", "gzip"}}));
  CHECK(f.body.file() == 7);
  CHECK_FALSE(f.put(gzip_hello));
  CHECK_FALSE(f.end());
  CHECK(f.output.text == gzip_hello);
}

TEST_CASE("Transfer codings are undone without being asked for", "[fetch]") {
  Arriving f;
  f.body.begin(head({{"Content-Encoding", "br"}, {"Transfer-Encoding", "gzip, chunked"}}), "gzip");
  CHECK(f.body.file() == -1);
  for (auto const each : gzip_hello) CHECK_FALSE(f.put({&each, 1}));
  CHECK_FALSE(f.end());
  CHECK(f.output.text == "hello");
}

TEST_CASE("Transfer codings are undone before content codings", "[fetch]") {
  Arriving f(true);
  f.body.begin(head({{"Content-Encoding", "deflate"}}), "gzip");
  CHECK_FALSE(f.put(gzip_zlib_hello));
  CHECK_FALSE(f.end());
  CHECK(f.output.text == "hello");
}

TEST_CASE("Codings of one answer say nothing of the next", "[fetch]") {
  Arriving f;
  f.body.begin(head(), "gzip");
  CHECK_FALSE(f.put(gzip_hello));
  CHECK_FALSE(f.end());
  f.body.set_source({.hold = [](bool) {}, .abort = [] {}});
  f.body.begin(head());
  CHECK_FALSE(f.put("plain"));
  CHECK_FALSE(f.end());
  CHECK(f.output.text == "helloplain");
}

TEST_CASE("A coded body that is cut off or broken", "[fetch][fetch23]") {
  for (auto const& [codings, coded] :
       {std::pair("gzip"s, gzip_hello.substr(0, 20)), {"deflate"s, zlib_hello.substr(0, 8)}}) {
    CAPTURE(codings);
    Arriving f;
    f.body.begin(head(), codings);
    CHECK_FALSE(f.put(coded));
    CHECK(f.end() == HttpError::bad_content_coding);
  }
  Arriving f;
  f.body.begin(head(), "gzip");
  CHECK(f.put("no gzip at all") == HttpError::bad_content_coding);
}

TEST_CASE("Transfer and content codings are counted together", "[fetch][fetch24]") {
  Arriving f(true);
  f.body.begin(head({{"Content-Encoding", "gzip, gzip, gzip"}}), "gzip, gzip, gzip");
  CHECK(f.put(gzip_hello) == HttpError::bad_content_coding);
}

TEST_CASE("A body that tells that it is too long does not begin", "[fetch][fetch24]") {
  Arriving f(false, 5);
  CHECK_FALSE(f.error_of([&] { f.body.begin(head({{"Content-Length", "5"}})); }));
  CHECK(f.error_of([&] { f.body.begin(head({{"Content-Length", "6"}})); }) ==
        HttpError::body_too_large);
}

TEST_CASE("The ceiling is for what is written", "[fetch][fetch24]") {
  Arriving plain(false, 5);
  plain.body.begin(head());
  CHECK_FALSE(plain.put("hello"));
  CHECK(plain.put("!") == HttpError::body_too_large);

  Arriving decoded(true, 600);
  decoded.body.begin(head({{"Content-Encoding", "gzip"}}));
  CHECK(decoded.put(gzip_much) == HttpError::body_too_large);
  CHECK(decoded.output.text.size() <= 600);
}

TEST_CASE("The ceiling is for what comes, too", "[fetch][fetch24]") {
  Arriving f(true, 2 * gzip_nothing.size());
  f.body.begin(head({{"Content-Encoding", "gzip"}}));
  CHECK_FALSE(f.put(gzip_nothing));
  CHECK_FALSE(f.put(gzip_nothing));
  CHECK(f.put(gzip_nothing) == HttpError::body_too_large);
  CHECK(f.output.text.empty());

  Arriving once_more(true, gzip_hello.size());
  for (int i = 0; i < 2; ++i) {
    once_more.body.set_source({.hold = [](bool) {}, .abort = [] {}});
    once_more.body.begin(head({{"Content-Encoding", "gzip"}}));
    CHECK_FALSE(once_more.put(gzip_hello));
    CHECK_FALSE(once_more.end());
  }
}

}  // namespace

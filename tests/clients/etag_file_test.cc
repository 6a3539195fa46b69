#include "clients/etag_file.h"

#include <fstream>
#include <sstream>

#include "tests/reactor/support/harness.h"
#include "tests/support/catch.h"

namespace {

using namespace twx;

struct EtagFile {
  std::string read() const {
    std::ostringstream all;
    all << std::ifstream(path).rdbuf();
    return all.str();
  }
  void holds(std::string_view text) const { std::ofstream(path) << text; }
  std::string etag() const { return read_etag(path, false).value(); }

  test::ScratchDirectory scratch;
  std::string path = scratch.path("etag");
};

HttpHead head(int status, HttpFields fields = {}) {
  HttpHead head;
  head.status = status;
  head.fields = std::move(fields);
  return head;
}

}  // namespace

TEST_CASE_METHOD(EtagFile, "an ETag is kept with its quotes and its W/", "[clients]") {
  REQUIRE(save_etag(path, head(200, {{"etag", "W/\"abc\""}})));
  CHECK(read() == "W/\"abc\"\n");
  CHECK(etag() == "W/\"abc\"");
}

TEST_CASE_METHOD(EtagFile, "without an ETag the file is emptied, and compares as an empty one",
                 "[clients]") {
  holds("\"old\"\n");
  REQUIRE(save_etag(path, head(200)));
  CHECK(read().empty());
  CHECK(etag() == "\"\"");
}

TEST_CASE_METHOD(EtagFile, "a 304 without an ETag leaves the old one", "[clients]") {
  holds("\"old\"\n");
  REQUIRE(save_etag(path, head(304)));
  CHECK(etag() == "\"old\"");
}

TEST_CASE_METHOD(EtagFile, "of the file only the first line counts", "[clients]") {
  holds(" \"a\" \r\n\"b\"\n");
  CHECK(etag() == "\"a\"");
  holds("\"without an end\"");
  CHECK(etag() == "\"without an end\"");
}

TEST_CASE_METHOD(EtagFile, "a missing file is one without an ETag only where it will be made",
                 "[clients]") {
  CHECK(read_etag(path, true).value() == "\"\"");
  CHECK(read_etag(path, false).failure().code() == Error::cannot_read);
  CHECK(read_etag("/", true).failure().code() == Error::cannot_read);
}

TEST_CASE("an ETag that cannot be saved is told", "[clients]") {
  auto const saved = save_etag("/dev/full", head(200, {{"ETag", "\"a\""}}));
  CHECK(saved.failure().code() == Error::cannot_write);
  CHECK(save_etag("/nonexistent/a", head(200)).failure().code() == Error::cannot_write);
}

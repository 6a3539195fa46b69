#include "clients/resume.h"

#include <fstream>

#include "tests/reactor/support/harness.h"
#include "tests/support/catch.h"

namespace {

using namespace twx;

HttpHead head(int status, HttpFields fields = {}) {
  HttpHead head;
  head.status = status;
  head.fields = std::move(fields);
  return head;
}
HttpHead partial(int status, std::string range) {
  return head(status, {{"Content-Range", std::move(range)}});
}
bool refused(HttpHead const& answer) {
  auto const result = resume(answer, 100);
  return !result && result.failure().code() == HttpError::range_refused;
}

}  // namespace

TEST_CASE("a part that begins where the file ends is appended", "[fetch33]") {
  CHECK(resume(partial(206, "bytes 100-199/200"), 100).value() == Resume::append);
  CHECK(resume(partial(206, "Bytes 100-199/*"), 100).value() == Resume::append);
}

TEST_CASE("a part that begins elsewhere, or does not tell, is refused", "[fetch33]") {
  for (auto const* const range :
       {"bytes 0-199/200", "bytes 99-199/200", "bytes 101-199/200", "bytes 1000-1999/2000",
        "bytes */200", "items 100-199/200", "bytes=100-199/200", "bytes", "bytes -100-1/2", ""}) {
    CAPTURE(range);
    CHECK(refused(partial(206, range)));
  }
  CHECK(refused(head(206)));
  CHECK(refused(head(206, {{"Content-Type", "multipart/byteranges; boundary=x"}})));
}

TEST_CASE("the whole instead of a part is refused", "[fetch33]") {
  CHECK(refused(head(200)));
  CHECK(refused(head(200, {{"Content-Length", "200"}})));
  CHECK(refused(partial(200, "bytes 100-199/200")));
  CHECK(refused(head(404)));
}

TEST_CASE("a file that is complete is no failure (curl#1182)", "[fetch33]") {
  CHECK(resume(partial(416, "bytes */100"), 100).value() == Resume::complete);
  CHECK(resume(head(200, {{"Content-Length", "100"}}), 100).value() == Resume::complete);
}

TEST_CASE("a file that is too long is refused", "[fetch33]") {
  CHECK(refused(partial(416, "bytes */99")));
  CHECK(refused(partial(416, "bytes */200")));
  CHECK(refused(partial(416, "bytes */*")));
  CHECK(refused(head(416)));
  CHECK(refused(head(200, {{"Content-Length", "100"}, {"Transfer-Encoding", "chunked"}})));
}

TEST_CASE("what is there so far is asked of the file", "[fetch33]") {
  test::ScratchDirectory const scratch;
  auto const path = scratch.path("part");
  CHECK(size_so_far(path).value() == 0);
  std::ofstream(path) << "12345";
  CHECK(size_so_far(path).value() == 5);
  CHECK(size_so_far("/dev/null").failure().code() == Error::cannot_read);
  CHECK(range_from(5'000'000'000) == "bytes=5000000000-");
}

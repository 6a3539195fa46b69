#include "protocols/http_body.h"

#include <fcntl.h>
#include <sys/stat.h>

#include <fstream>

#include "tests/reactor/support/harness.h"
#include "tests/support/catch.h"

namespace {

using namespace twx;
using namespace twx::test;

struct Drained {
  std::string content;
  std::string end;  // "end", "wait" or what went wrong
  std::size_t longest = 0;
};

Drained drain(HttpBody& body) {
  Drained drained;
  for (;;) {
    auto const piece = body.read();
    if (!piece) drained.end = piece.failure().message();
    if (piece && !*piece) drained.end = "wait";
    if (piece && *piece && (*piece)->empty()) drained.end = "end";
    if (!drained.end.empty()) return drained;
    drained.content += text(**piece);
    drained.longest = std::max(drained.longest, (*piece)->size());
  }
}

std::string pattern(std::size_t size) {
  std::string all(size, ' ');
  for (std::size_t i = 0; i < size; ++i) all[i] = static_cast<char>(i * 31 >> 3);
  return all;
}

struct File {
  explicit File(std::string const& content) : path(directory.path("file")) {
    std::ofstream(path, std::ios::binary) << content;
  }
  void append(std::string const& more) const {
    std::ofstream(path, std::ios::binary | std::ios::app) << more;
  }
  ScratchDirectory directory;
  std::string path;
};

TEST_CASE("A body in memory comes in pieces, and again after a rewind", "[http][body]") {
  auto const content = pattern(3 * HttpBody::piece_size + 5);
  auto const body = memory_body(content);
  CHECK(body->size() == content.size());
  for (auto i = 0; i < 2; ++i) {
    auto const got = drain(*body);
    CHECK(got.content == content);
    CHECK(got.end == "end");
    CHECK(got.longest == HttpBody::piece_size);
    CHECK(body->rewind());
  }
}

TEST_CASE("A body in memory is not copied", "[http][body]") {
  auto const content = std::make_shared<std::string const>("hello");
  auto const body = memory_body(content);
  auto const piece = body->read();
  REQUIRE(piece);
  CHECK(text(**piece).data() == content->data());
}

TEST_CASE("A file is read from an offset to its end, and again", "[http][body]") {
  auto const content = pattern(2 * HttpBody::piece_size + 7);
  File const file(content);
  for (std::size_t const offset :
       {std::size_t(0), std::size_t(1), content.size(), content.size() + 9}) {
    auto const body = file_body(file.path, offset).value();
    auto const rest = content.substr(std::min(offset, content.size()));
    CHECK(body->size() == rest.size());
    CHECK(drain(*body).content == rest);
    CHECK(body->rewind());
    auto const again = drain(*body);
    CHECK(again.content == rest);
    CHECK(again.end == "end");
  }
}

TEST_CASE("An open file keeps its own offset", "[http][body]") {
  File const file("hello");
  Descriptor descriptor(open(file.path.c_str(), O_RDONLY | O_CLOEXEC));
  lseek(descriptor.get(), 2, SEEK_SET);
  Descriptor copy(dup(descriptor.get()));
  auto const body = file_body(std::move(copy), "file").value();
  CHECK(drain(*body).content == "hello");
  CHECK(lseek(descriptor.get(), 0, SEEK_CUR) == 2);
}

TEST_CASE("A file that has become shorter is an error where it ends", "[http][body]") {
  File const file("short");
  auto const body = file_body(file.path).value();
  REQUIRE(truncate(file.path.c_str(), 3) == 0);
  auto const got = drain(*body);
  CHECK(got.content == "sho");
  CHECK(got.end == file.path + ": it has become shorter");
}

TEST_CASE("A file that has become longer is an error before its last piece", "[http][body]") {
  auto const content = pattern(HttpBody::piece_size + 2);
  File const file(content);
  auto const body = file_body(file.path).value();
  file.append("!");
  auto const got = drain(*body);
  CHECK(got.content.size() < content.size());
  CHECK(got.end == file.path + ": it has become longer");
}

TEST_CASE("What is no readable regular file is refused, and nothing blocks", "[http][body]") {
  ScratchDirectory const directory;
  auto const pipe = directory.path("pipe");
  REQUIRE(mkfifo(pipe.c_str(), 0600) == 0);
  for (auto const& path : {pipe, directory.path(""), directory.path("none")}) {
    auto const body = file_body(path);
    REQUIRE_FALSE(body);
    CHECK(body.failure().code() == Error::cannot_read);
  }
}

TEST_CASE("A sequence is its parts one after the other, empty ones too", "[http][body]") {
  auto const body =
      sequence_body({memory_body("a"), memory_body(""), sequence_body({}), memory_body("bc")});
  CHECK(body->size() == 3U);
  for (auto i = 0; i < 2; ++i) {
    CHECK(drain(*body).content == "abc");
    CHECK(body->rewind());
  }
}

TEST_CASE("A sequence waits for the part that has nothing yet", "[http][body]") {
  auto fed = std::make_shared<FedBody>([](bool) {});
  auto const body = sequence_body({memory_body("a"), fed, memory_body("z")});
  CHECK_FALSE(body->size());
  auto told = 0;
  body->when_ready = [&] { ++told; };
  CHECK(drain(*body).content == "a");
  fed->add(bytes("bc"));
  CHECK(told == 1);
  CHECK(drain(*body).content == "bc");
  fed->finish();
  CHECK(told == 2);
  auto const rest = drain(*body);
  CHECK(rest.content == "z");
  CHECK(rest.end == "end");
  CHECK_FALSE(body->rewind());
}

struct Fed {
  std::string holds;
  FedBody body{[this](bool wanted) { holds += wanted ? '+' : '-'; }};
};

TEST_CASE("A fed body holds its source back until what came is read", "[http][body]") {
  Fed f;
  f.body.add(bytes("ab"));
  CHECK(f.holds == "+");
  f.body.add(bytes("c"));  // came all the same
  CHECK(f.holds == "+");
  CHECK(drain(f.body).content == "abc");
  CHECK(f.holds == "+-");
  f.body.add(bytes("d"));
  f.body.finish();
  auto const rest = drain(f.body);
  CHECK(rest.content == "d");
  CHECK(rest.end == "end");
}

TEST_CASE("A source may add more as soon as it may go on", "[http][body]") {
  auto left = 5;
  FedBody* fed = nullptr;
  FedBody body([&](bool wanted) {
    if (wanted) return;
    left-- > 0 ? fed->add(bytes("x")) : fed->finish();
  });
  fed = &body;
  body.add(bytes("x"));
  auto const got = drain(body);
  CHECK(got.content == "xxxxxx");
  CHECK(got.end == "end");
}

TEST_CASE("A fed body tells once that there is more, and only who found nothing", "[http][body]") {
  Fed f;
  auto told = 0;
  f.body.when_ready = [&] { ++told; };
  f.body.add(bytes("a"));
  CHECK(told == 0);
  drain(f.body);
  f.body.add(bytes("b"));
  f.body.add(bytes("c"));
  CHECK(told == 1);
}

TEST_CASE("What its source fails with comes after what it gave", "[http][body]") {
  Fed f;
  f.body.add(bytes("ab"));
  f.body.finish(Error::cannot_read);
  auto const got = drain(f.body);
  CHECK(got.content == "ab");
  CHECK(got.end == Failure(Error::cannot_read).message());
}

TEST_CASE("A fed body can be sent again until something of it was read", "[http][body]") {
  Fed f;
  f.body.add(bytes(pattern(HttpBody::piece_size + 1)));
  CHECK(f.body.rewind());
  REQUIRE(f.body.read());
  CHECK_FALSE(f.body.rewind());
}

}  // namespace

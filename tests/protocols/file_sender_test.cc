#include "protocols/file_sender.h"

#include <fcntl.h>
#include <unistd.h>

#include <cstdlib>
#include <fstream>
#include <memory>
#include <optional>
#include <string>
#include <system_error>

#include "reactor/fakes/fake_transport.h"
#include "tests/reactor/support/harness.h"
#include "tests/support/catch.h"

namespace {

using namespace twx;
using namespace twx::test;
using Sent = std::optional<char>;

class File {
 public:
  explicit File(std::string_view content) {
    auto const path = directory_.path("file");
    std::ofstream(path, std::ios::binary) << content;
    fd = open(path.c_str(), O_RDONLY | O_CLOEXEC);
    REQUIRE(fd >= 0);
  }
  ~File() { close(fd); }
  File(File const&) = delete;
  File& operator=(File const&) = delete;

  int fd;

 private:
  ScratchDirectory directory_;
};

struct Fixture {
  Fixture() {
    wire.set_capacity(0);
    wire.connect(protocol);
  }
  void send(int file) {
    auto deferred = sender->begin_file_transfer(file, wire);
    std::move(deferred)
        .add_callbacks([this](Sent last) { done = last; }, [this](Failure why) { failure = why; })
        .release();
  }

  Protocol protocol;
  FakeTransport wire;
  std::unique_ptr<FileSender> sender = std::make_unique<FileSender>();
  std::optional<Sent> done;
  std::optional<Failure> failure;
};

TEST_CASE("A file is sent 16,384 bytes at a time, as the peer takes it", "[file_sender][rule113]") {
  Fixture f;
  auto const content = pattern(2 * 16384 + 100);
  File const file(content);
  f.send(file.fd);
  CHECK(f.wire.unsent() == 0);  // never inside the call
  f.wire.turn();
  CHECK(f.wire.unsent() == 16384);
  f.wire.drain(16383);
  CHECK(f.wire.unsent() == 1);
  f.wire.drain(1);
  CHECK(f.wire.unsent() == 16384);
  f.wire.drain();
  CHECK(f.wire.unsent() == 100);
  CHECK_FALSE(f.done);
  f.wire.drain();
  CHECK(f.wire.take() == content);
  REQUIRE(f.done);
  CHECK(*f.done == content.back());
  CHECK(f.wire.producer() == nullptr);
  CHECK_FALSE(f.wire.disconnecting());
}

TEST_CASE("An empty file gives no last byte", "[file_sender][rule113]") {
  Fixture f;
  File const file("");
  f.send(file.fd);
  f.wire.turn();
  REQUIRE(f.done);
  CHECK_FALSE(f.done->has_value());
  CHECK(f.wire.producer() == nullptr);
}

TEST_CASE("One sender may send one file after another", "[file_sender][rule113]") {
  Fixture f;
  f.wire.set_capacity(FakeTransport::no_limit);
  for (auto const* const content : {"one", "two"}) {
    File const file(content);
    f.done.reset();
    f.send(file.fd);
    f.wire.turn();
    f.wire.turn();
    CHECK(f.done == Sent(content[2]));
  }
  CHECK(f.wire.take() == "onetwo");
}

TEST_CASE("It sends from the file offset on", "[file_sender][rule113]") {
  Fixture f;
  f.wire.set_capacity(FakeTransport::no_limit);
  File const file("header;body");
  REQUIRE(lseek(file.fd, 7, SEEK_SET) == 7);
  f.send(file.fd);
  f.wire.turn();
  CHECK(f.wire.take() == "body");
}

TEST_CASE("lose_connection waits for the file", "[file_sender][rule17][rule113]") {
  Fixture f;
  f.wire.set_capacity(FakeTransport::no_limit);
  auto const content = pattern(50'000);
  File const file(content);
  f.send(file.fd);
  f.wire.lose_connection();
  for (int i = 0; i < 10; ++i) f.wire.turn();
  CHECK(f.wire.take() == content);
  CHECK(f.done == Sent(content.back()));
  CHECK(f.wire.lost());
}

TEST_CASE("It fails when the connection is lost", "[file_sender][rule113]") {
  Fixture f;
  File const file("content");
  f.send(file.fd);
  SECTION("before the first byte") { f.wire.lose(); }
  SECTION("half way") {
    f.wire.turn();
    f.wire.abort_connection();
    f.wire.turn();
  }
  REQUIRE(f.failure);
  CHECK(f.failure->is(Error::connection_lost));
  CHECK_FALSE(f.done);
}

TEST_CASE("It fails at once on a connection that is lost already", "[file_sender][rule113]") {
  Fixture f;
  File const file("content");
  f.wire.lose();
  f.send(file.fd);
  REQUIRE(f.failure);
  CHECK(f.failure->is(Error::connection_lost));
}

TEST_CASE("It fails with what reading says, and the connection stays", "[file_sender][rule113]") {
  Fixture f;
  f.wire.set_capacity(FakeTransport::no_limit);
  ScratchDirectory const directory;
  auto const fd = open(directory.path("").c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  REQUIRE(fd >= 0);
  f.send(fd);
  f.wire.turn();
  close(fd);
  REQUIRE(f.failure);
  CHECK(f.failure->code() == std::errc::is_a_directory);
  CHECK(f.wire.producer() == nullptr);
  CHECK_FALSE(f.wire.disconnecting());
}

TEST_CASE("Cancelling stops the transfer", "[file_sender][rule113]") {
  Fixture f;
  File const file(std::string(50'000, 'x'));
  auto deferred = f.sender->begin_file_transfer(file.fd, f.wire);
  f.wire.turn();
  deferred.cancel();
  CHECK(f.wire.producer() == nullptr);
  f.wire.drain();
  CHECK(f.wire.take().size() == 16384);
  std::move(deferred)
      .add_errback([&](Failure why) {
        f.failure = why;
        return Sent();
      })
      .release();
  CHECK(f.failure->is(Error::cancelled));
}

TEST_CASE("So does destroying the sender", "[file_sender][rule113]") {
  Fixture f;
  File const file("content");
  f.send(file.fd);
  f.sender.reset();
  CHECK(f.wire.producer() == nullptr);
  REQUIRE(f.failure);
  CHECK(f.failure->is(Error::abandoned));
}

TEST_CASE("The sender may be destroyed by who hears that it is done", "[file_sender][rule113]") {
  Fixture f;
  f.wire.set_capacity(FakeTransport::no_limit);
  File const file("content");
  bool gone = false;
  auto deferred = f.sender->begin_file_transfer(file.fd, f.wire);
  std::move(deferred)
      .add_callback([&](Sent) {
        f.sender.reset();
        gone = true;
      })
      .release();
  f.wire.turn();
  f.wire.turn();
  CHECK(gone);
}

TEST_CASE("Two producers on one transport are an error, of the second", "[file_sender][rule135]") {
  Fixture f;
  File const file("content");
  f.send(file.fd);
  FileSender other;
  CHECK_THROWS_AS(other.begin_file_transfer(file.fd, f.wire), ProducerRegistered);
  CHECK_THROWS_AS(f.sender->begin_file_transfer(file.fd, f.wire), ProducerRegistered);
  f.wire.set_capacity(FakeTransport::no_limit);
  f.wire.turn();
  f.wire.turn();
  CHECK(f.done == Sent('t'));
}

}  // namespace

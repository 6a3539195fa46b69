// What OpenSSL writes to a socket that takes little: whole records, in order and within bounds.
#include "reactor/tls_socket.h"

#include <sys/socket.h>

#include <cerrno>
#include <string>

#include "tests/reactor/support/harness.h"
#include "tests/reactor/support/peer.h"
#include "tests/support/catch.h"

namespace {

using namespace twx;
using namespace twx::test;

struct Written {
  Ends ends = unix_ends();
  TlsSocket socket{ends.ours};
  BIO* bio = socket.bio();
  std::string all;  // that was taken

  explicit Written(bool keeping = true) {
    int const size = 4096;
    setsockopt(ends.ours, SOL_SOCKET, SO_SNDBUF, &size, sizeof size);
    if (keeping) socket.begin_keeping();
  }
  Written(Written const&) = delete;
  Written& operator=(Written const&) = delete;
  ~Written() {
    BIO_free(bio);
    close(ends.ours);
  }
  int write(std::string const& record) {
    auto const count = BIO_write(bio, record.data(), static_cast<int>(record.size()));
    if (count > 0) all += record.substr(0, static_cast<std::size_t>(count));
    return count;
  }
  // Until something is kept.
  void fill() {
    while (socket.kept() == 0) REQUIRE(write(pattern(1000)) == 1000);
  }
  // What the peer reads until nothing is kept any more.
  std::string heard() {
    auto got = ends.peer.receive_now();
    while (!socket.flush() && errno == EAGAIN) got += ends.peer.receive_now();
    return got + ends.peer.receive_now();
  }
};

TEST_CASE("A record that the socket takes in part is taken as a whole", "[tls_socket]") {
  Written to;
  auto const record = pattern(16'406);
  while (to.socket.kept() == 0) REQUIRE(to.write(record) == 16'406);
  CHECK_FALSE(to.socket.flush());
  CHECK(errno == EAGAIN);
  CHECK(to.write("and a word more") == 15);
  CHECK(difference(to.heard(), to.all) == "equal");
  CHECK(to.socket.kept() == 0);
  CHECK(to.socket.flush());
}

TEST_CASE("Nothing is kept before that is asked for", "[tls_socket]") {
  Written to(false);
  int count = 0;
  while ((count = to.write(pattern(16'406))) == 16'406) {
  }
  if (count > 0) count = to.write("more");
  CHECK(count == -1);
  CHECK(BIO_should_write(to.bio));
  CHECK(to.socket.kept() == 0);
  CHECK(difference(to.heard(), to.all) == "equal");
}

TEST_CASE("No more is kept than a record and some answers", "[tls_socket][limit]") {
  Written to;
  to.fill();
  int count = 0;
  while ((count = to.write(std::string(27, 'u'))) == 27)
    REQUIRE(to.socket.kept() <= TlsSocket::most_kept);
  CHECK(count == -1);
  CHECK(BIO_should_write(to.bio));
  CHECK(to.socket.kept() > TlsSocket::most_kept - 27);
  auto const heard = to.ends.peer.receive_now();
  CHECK(to.write(std::string(27, 'v')) == 27);  // into what has become free
  CHECK(difference(heard + to.heard(), to.all) == "equal");
}

TEST_CASE("What is written after the end goes nowhere, what was kept before still leaves",
          "[tls_socket]") {
  Written to;
  to.fill();
  auto const before = to.all;
  auto const kept = to.socket.kept();
  to.socket.end();
  CHECK(to.write("and another thing") == 17);
  CHECK(to.socket.kept() == kept);
  CHECK(difference(to.heard(), before) == "equal");
}

TEST_CASE("A socket that fails while something is kept has failed for ever", "[tls_socket]") {
  Written to;
  to.fill();
  to.ends.peer.close();
  CHECK(to.write("record") == -1);
  CHECK(errno == EPIPE);
  CHECK_FALSE(BIO_should_retry(to.bio));
  CHECK(to.socket.kept() == 0);
  errno = 0;
  CHECK_FALSE(to.socket.flush());
  CHECK(errno == EPIPE);
  CHECK(to.write("record") == -1);
}

TEST_CASE("Input that is not there, that comes and that ends are told apart", "[tls_socket]") {
  Written to;
  char room[10];
  CHECK(BIO_read(to.bio, room, sizeof room) == -1);
  CHECK(BIO_should_read(to.bio));
  CHECK_FALSE(BIO_eof(to.bio));
  to.ends.peer.send("input");
  CHECK(BIO_read(to.bio, room, sizeof room) == 5);
  to.ends.peer.close();
  CHECK(BIO_read(to.bio, room, sizeof room) == 0);
  CHECK_FALSE(BIO_should_retry(to.bio));
  CHECK(BIO_eof(to.bio));
}

}  // namespace

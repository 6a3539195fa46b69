// What plain Boost.Asio costs when it is used well: callbacks, a concrete executor, no locks, one
// shared buffer (async_wait, then read), the write tried at once. No limit, a comparison.

#define BOOST_ASIO_NO_DEPRECATED
#include <boost/asio/buffer.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <memory>
#include <string>
#include <utility>

#include "net.h"

namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;
using Executor = asio::io_context::executor_type;
using Socket = asio::basic_stream_socket<tcp, Executor>;
using Acceptor = asio::basic_socket_acceptor<tcp, Executor>;

// Kept alive by its one pending wait.
class Connection : public std::enable_shared_from_this<Connection> {
 public:
  explicit Connection(Socket socket) : socket_(std::move(socket)) { socket_.non_blocking(true); }

  void wait(Socket::wait_type readiness) {
    socket_.async_wait(readiness, [self = shared_from_this(), readiness](error_code error) {
      if (error) return;
      if (readiness == Socket::wait_read) return self->echo();
      self->flush();
    });
  }

 private:
  void echo() {
    error_code error;
    auto const got = socket_.read_some(asio::buffer(bench::io_buffer), error);
    if (error == asio::error::would_block) return wait(Socket::wait_read);
    if (error) return;
    auto const sent = socket_.write_some(asio::buffer(bench::io_buffer, got), error);
    if (error && error != asio::error::would_block) return;
    if (sent == got) return wait(Socket::wait_read);
    unsent_.assign(bench::io_buffer.data() + sent, got - sent);
    wait(Socket::wait_write);
  }

  void flush() {
    error_code error;
    unsent_.erase(0, socket_.write_some(asio::buffer(unsent_), error));
    if (error && error != asio::error::would_block) return;
    wait(unsent_.empty() ? Socket::wait_read : Socket::wait_write);
  }

  Socket socket_;
  std::string unsent_;  // not empty only while waiting to write
};

void accept_next(Acceptor& acceptor) {
  acceptor.async_accept([&acceptor](error_code error, Socket socket) {
    if (error) bench::fail("accept");
    std::make_shared<Connection>(std::move(socket))->wait(Socket::wait_read);
    accept_next(acceptor);
  });
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) bench::fail("usage: asio_echo PORT");
  bench::raise_descriptor_limit();
  asio::io_context context(BOOST_ASIO_CONCURRENCY_HINT_UNSAFE);
  Acceptor acceptor(context, tcp::v4(), bench::listen_on(bench::parse_port(argv[1])));
  accept_next(acceptor);
  context.run();
}

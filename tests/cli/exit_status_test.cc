#include "cli/exit_status.h"

#include <algorithm>

#include "protocols/http.h"
#include "protocols/proxy_error.h"
#include "reactor/failure.h"
#include "tests/support/catch.h"

using twx::Error;
using twx::ExitStatus;
using twx::Failure;

namespace {

ExitStatus status(Failure const& failure) { return twx::exit_status(failure); }
ExitStatus status(int code) { return status(std::error_code(code, std::system_category())); }

}  // namespace

TEST_CASE("the table has every status once, in order of number, each with a meaning", "[cli]") {
  auto const table = twx::exit_statuses();
  CHECK(table.size() == 28);
  auto const not_ascending = [](auto const& a, auto const& b) { return a.status >= b.status; };
  CHECK(std::ranges::adjacent_find(table, not_ascending) == table.end());
  for (auto const& entry : table) CHECK_FALSE(entry.meaning.empty());
  CHECK(table.front().status == ExitStatus::done);
  CHECK(static_cast<int>(table.back().status) == 100);
}

TEST_CASE("a name that is not found is 6", "[cli]") {
  CHECK(status(Error::name_not_found) == ExitStatus::host_not_found);
  CHECK(status(Error::name_lookup_failed) == ExitStatus::host_not_found);
}

TEST_CASE("what is wrong with a proxy has curl's numbers", "[cli]") {
  CHECK(status(make_error_code(twx::ProxyError::bad_setting)) == ExitStatus::usage);
  CHECK(static_cast<int>(status(make_error_code(twx::ProxyError::name_not_found))) == 5);
  CHECK(static_cast<int>(status(make_error_code(twx::ProxyError::tunnel))) == 56);
  CHECK(static_cast<int>(status(make_error_code(twx::ProxyError::handshake))) == 97);
}

TEST_CASE("what cannot be connected to or listened on is 7", "[cli]") {
  for (int code : {ECONNREFUSED, EHOSTUNREACH, ENETUNREACH, EADDRINUSE, EADDRNOTAVAIL, EACCES,
                   EPERM, ENOENT, EAFNOSUPPORT}) {
    CAPTURE(code);
    CHECK(status(code) == ExitStatus::not_connected);
  }
  CHECK(status(Error::cannot_listen) == ExitStatus::not_connected);
}

TEST_CASE("a local address or interface that cannot be used is 45", "[cli]") {
  CHECK(static_cast<int>(status(Error::bind_failed)) == 45);
}

TEST_CASE("every time-out is 28", "[cli]") {
  for (auto const error :
       {Error::timed_out, Error::idle_timeout, Error::connect_timeout, Error::lookup_timeout}) {
    CHECK(status(error) == ExitStatus::timed_out);
  }
  CHECK(status(ETIMEDOUT) == ExitStatus::timed_out);
}

TEST_CASE("a connection that is lost is 56, or 55 if sending failed", "[cli]") {
  CHECK(status(ECONNRESET) == ExitStatus::receive_failed);
  CHECK(status(Error::connection_lost) == ExitStatus::receive_failed);
  CHECK(status(Error::connection_aborted) == ExitStatus::receive_failed);
  CHECK(status(Error::output_overflow) == ExitStatus::receive_failed);
  CHECK(status(EPIPE) == ExitStatus::send_failed);
}

TEST_CASE("an orderly end is no failure", "[cli]") {
  CHECK(status(Error::connection_done) == ExitStatus::done);
}

TEST_CASE("a server that does not go on where the file ends is 33", "[cli][fetch33]") {
  CHECK(status(Failure(twx::HttpError::range_refused)) == ExitStatus::range_refused);
  CHECK(static_cast<int>(ExitStatus::range_refused) == 33);
  CHECK(status(Error::cannot_write) == ExitStatus::write_failed);
}

TEST_CASE("a wrong checksum is 1", "[cli]") {
  CHECK(status(Failure(twx::HttpError::wrong_checksum)) == ExitStatus::failed);
}

TEST_CASE("all else is 1", "[cli]") {
  for (auto const error : {Error::cancelled, Error::stopped_connecting, Error::abandoned,
                           Error::no_protocol, Error::exception}) {
    CHECK(status(error) == ExitStatus::failed);
  }
  CHECK(status(ENOMEM) == ExitStatus::failed);
  CHECK(status(ECANCELED) == ExitStatus::failed);
}

TEST_CASE("a failure's context does not change its status", "[cli]") {
  std::error_code const refused(ECONNREFUSED, std::system_category());
  CHECK(status(Failure(refused, "connect [::1]:9")) == ExitStatus::not_connected);
  CHECK(status(Failure::with_message(refused, "no")) == ExitStatus::not_connected);
}

#include "reactor/failure.h"

#include <cerrno>
#include <memory>
#include <new>
#include <set>
#include <stdexcept>
#include <string>
#include <system_error>
#include <vector>

#include "tests/support/catch.h"

namespace {

using namespace twx;
using Catch::Matchers::ContainsSubstring;

Failure system_failure(int error) { return std::error_code(error, std::system_category()); }

// What from_current_exception makes of `thrown`.
template <class Thrown>
Failure caught(Thrown thrown) {
  try {
    throw thrown;
  } catch (...) {
    return Failure::from_current_exception();
  }
}

std::vector<Error> all_errors() {
  std::vector<Error> all;
  auto const known = [](int value) {
    return make_error_code(static_cast<Error>(value)).message() != "Unknown error";
  };
  for (int value = 1; known(value); ++value) all.push_back(static_cast<Error>(value));
  return all;
}

TEST_CASE("A failure is its own error and no other, except for what generalises it",
          "[failure][rule6]") {
  struct Kind {
    Error error;
    Error general;
  };
  std::vector<Kind> const kinds{{Error::connection_aborted, Error::connection_lost},
                                {Error::output_overflow, Error::connection_lost},
                                {Error::idle_timeout, Error::timed_out},
                                {Error::connect_timeout, Error::timed_out},
                                {Error::lookup_timeout, Error::timed_out},
                                {Error::tls_truncated, Error::connection_lost},
                                {Error::handshake_timeout, Error::timed_out}};
  for (auto const error : all_errors())
    for (auto const asked : all_errors()) {
      auto expected = error == asked;
      for (auto const& kind : kinds)
        expected = expected || (kind.error == error && kind.general == asked);
      INFO(make_error_code(error).message() << " as " << make_error_code(asked).message());
      CHECK(Failure(error).is(asked) == expected);
    }
}

TEST_CASE("What the system says of a connection that ended is a lost connection",
          "[failure][rule6]") {
  for (auto const error : {ECONNRESET, EPIPE, ECONNABORTED, ETIMEDOUT, EHOSTUNREACH, ENETUNREACH}) {
    INFO(error);
    CHECK(system_failure(error).is(Error::connection_lost));
    CHECK_FALSE(system_failure(error).is(Error::connection_done));
    CHECK_FALSE(system_failure(error).is(Error::connection_aborted));
  }
  CHECK(system_failure(ETIMEDOUT).is(Error::timed_out));
  CHECK_FALSE(system_failure(ECONNRESET).is(Error::timed_out));
  CHECK_FALSE(system_failure(ECONNREFUSED).is(Error::connection_lost));
  CHECK_FALSE(system_failure(EACCES).is(Error::connection_lost));
}

TEST_CASE("An orderly end is no lost connection", "[failure][rule6]") {
  CHECK_FALSE(Failure(Error::connection_done).is(Error::connection_lost));
  CHECK_FALSE(Failure(Error::connection_lost).is(Error::connection_done));
}

TEST_CASE("Every error has a text of its own, without a full stop", "[failure]") {
  std::set<std::string> texts;
  for (auto const error : all_errors()) {
    auto const message = Failure(error).message();
    CHECK_FALSE(message.empty());
    CHECK(message != "Unknown error");
    CHECK(message.back() != '.');
    CHECK(message.find('\n') == message.npos);
    texts.insert(message);
  }
  CHECK(texts.size() == all_errors().size());
  CHECK(std::string(twx_category().name()) == "twx");
  CHECK(twx_category().message(9999) == "Unknown error");
}

TEST_CASE("The message is the code's text, with the context before it, or a text of its own",
          "[failure]") {
  auto const refused = std::make_error_code(std::errc::connection_refused);
  CHECK(Failure(refused).message() == refused.message());
  CHECK(Failure(refused, "[::1]:9").message() == "[::1]:9: " + refused.message());
  CHECK(Failure::with_message(refused, "nobody is at home").message() == "nobody is at home");
  CHECK(Failure::with_message(refused, "nobody is at home").code() == refused);
  CHECK_FALSE(Failure::with_message(refused, "nobody is at home").index());
}

TEST_CASE("from_errno keeps what the system call said", "[failure]") {
  errno = EMFILE;
  auto const failure = Failure::from_errno();
  CHECK(failure.code() == std::errc::too_many_files_open);
  CHECK(failure.code().category() == std::system_category());
}

TEST_CASE("Copies share their context", "[failure]") {
  auto const original = Failure::with_message(Error::timed_out, "too slow");
  auto const copy = original;
  CHECK(copy.message() == "too slow");
  CHECK(copy.is(Error::timed_out));
}

TEST_CASE("An exception becomes Error::exception with its text", "[failure]") {
  auto const failure = caught(std::runtime_error("out of cheese"));
  CHECK(failure.is(Error::exception));
  CHECK(failure.message() == "out of cheese");
}

TEST_CASE("A system_error keeps its code", "[failure]") {
  auto const failure =
      caught(std::system_error(std::make_error_code(std::errc::permission_denied), "opening x"));
  CHECK(failure.code() == std::errc::permission_denied);
  CHECK_FALSE(failure.is(Error::exception));
  CHECK_THAT(failure.message(),
             ContainsSubstring(std::make_error_code(std::errc::permission_denied).message()));
}

TEST_CASE("Want of memory is the system's code for it", "[failure]") {
  CHECK(caught(std::bad_alloc()).code() == std::errc::not_enough_memory);
}

TEST_CASE("A Failure that travelled as an exception comes out as it was", "[failure]") {
  auto const sent = Failure(std::make_error_code(std::errc::connection_refused), "[::1]:9");
  auto const got = caught(FailureException(sent));
  CHECK(got.code() == sent.code());
  CHECK(got.message() == sent.message());
}

TEST_CASE("What is no exception at all is one of unknown text", "[failure]") {
  CHECK(caught(42).is(Error::exception));
  CHECK(caught(42).message() == "unknown exception");
}

TEST_CASE("rethrow throws the exception that the failure was made from", "[failure]") {
  CHECK_THROWS_AS(caught(std::out_of_range("far")).rethrow(), std::out_of_range);
  CHECK_THROWS_AS(caught(42).rethrow(), int);
  CHECK_THROWS_AS(caught(std::system_error(make_error_code(Error::timed_out))).rethrow(),
                  std::system_error);
}

TEST_CASE("rethrow of any other failure throws a FailureException that holds it", "[failure]") {
  try {
    Failure(make_error_code(Error::timed_out), "look-up").rethrow();
    FAIL("it did not throw");
  } catch (FailureException const& e) {
    CHECK(e.failure().is(Error::timed_out));
    CHECK(std::string(e.what()) == "look-up: Timed out");
  }
}

// --- Result ---

TEST_CASE("A Result holds a value or the failure in its place", "[failure][result]") {
  Result<int> good(4);
  Result<int> bad(Error::cancelled);
  REQUIRE(good);
  CHECK(*good == 4);
  REQUIRE_FALSE(bad);
  CHECK(bad.failure().is(Error::cancelled));
  CHECK_THROWS_AS(bad.value(), FailureException);
}

TEST_CASE("A Result passes on what cannot be copied", "[failure][result]") {
  Result<std::unique_ptr<int>> made(std::make_unique<int>(3));
  CHECK(**made == 3);
  auto const taken = std::move(made).value();
  CHECK(*taken == 3);
}

TEST_CASE("A Result of void is good unless it has a failure", "[failure][result]") {
  CHECK(static_cast<bool>(Result<void>()));
  CHECK_FALSE(static_cast<bool>(Result<void>(Error::cannot_listen)));
}

TEST_CASE("A Result is made from what converts to its value", "[failure][result]") {
  Result<std::string> text("abc");
  CHECK(text->size() == 3);
  static_assert(!std::is_convertible_v<std::string, Result<int>>);
}

}  // namespace

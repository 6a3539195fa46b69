// Public. What went wrong, as a value: a std::error_code and, where it helps a person, its context.
#pragma once

#include <cstddef>
#include <exception>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <system_error>
#include <type_traits>
#include <variant>

namespace twx {

// The library's own causes; everything the system reports stays a std::system_category code.
enum class Error {
  connection_done = 1,  // orderly end of a connection, from either side
  connection_lost,      // the connection ended without an orderly close
  connection_aborted,   // abort_connection was called on this side; a kind of connection_lost
  output_overflow,  // more unsent output than the transport's hard limit; a kind of connection_lost
  idle_timeout,     // no byte moved in either direction for the time allowed; a kind of timed_out
  connect_timeout,  // the connection was not made in time; a kind of timed_out
  lookup_timeout,   // the name was not resolved in time; a kind of timed_out
  timed_out,        // a deadline passed
  name_not_found,   // the name does not exist or has no address
  name_lookup_failed,       // the name service gave no answer
  bind_failed,              // the wished local address could not be taken (ConnectBindError)
  cannot_listen,            // CannotListenError
  stopped_connecting,       // stop_connecting was called during the attempt (UserError)
  no_protocol,              // the factory built no protocol
  cancelled,                // a Deferred was cancelled (CancelledError)
  abandoned,                // a Deferred's producer went away without firing it
  exception,                // a callback threw something that is no Failure
  cannot_read,              // standard input failed
  cannot_write,             // standard output failed
  reader_gone,              // whoever read standard output has closed it
  tls_configuration,        // a certificate, key or other setting of TLS cannot be used
  tls_handshake,            // TLS was not agreed upon, or its rules were broken
  certificate_not_trusted,  // the peer's chain or name, or none where one is required
  pin_mismatch,             // the peer's certificate is none of the pinned ones
  tls_truncated,            // the peer ended without close_notify; a kind of connection_lost
  handshake_timeout,        // no TLS handshake in time; a kind of timed_out
  process_done,             // a process exited with 0 (ProcessDone)
  process_terminated,       // a process ended otherwise (ProcessTerminated)
  cannot_join_group,        // MulticastJoinError
};

// What std::error_code asks of its enumerations; the category is called "twx".
std::error_category const& twx_category() noexcept;
std::error_code make_error_code(Error) noexcept;

}  // namespace twx

template <>
struct std::is_error_code_enum<twx::Error> : std::true_type {};

namespace twx {

// A cause, cheap to copy. Compare with is(), never by text.
class Failure {
 public:
  Failure(std::error_code code) : code_(code) {}
  Failure(Error error) : code_(error) {}
  // `context` tells where or what ("[::1]:9", "bind 127.0.0.1:80"); it stands before the cause.
  Failure(std::error_code code, std::string context);
  // A text of its own, for causes that no code describes well enough.
  static Failure with_message(std::error_code code, std::string message);
  // The failure of Deferred number `index` of a list, from 0, where it stands for the whole list
  // (Twisted's FirstError): its code, and its text after the number: "3: Timed out".
  static Failure first_error(std::size_t index, Failure const& failure) noexcept;
  // The last failed system call.
  static Failure from_errno();
  // std::errc::not_enough_memory.
  static Failure no_memory();
  // Inside a catch block: the exception being handled. Keeps a Failure or a std::error_code that it
  // carries; anything else becomes Error::exception with its text.
  static Failure from_current_exception();

  std::error_code code() const { return code_; }
  // True for the error itself and for what it generalises: a reset, a broken pipe, an own abort and
  // an overflow are all connection_lost; each of the time-outs is timed_out.
  bool is(Error error) const;
  // For people: one line, no trailing full stop.
  std::string message() const;
  // The number in its list of what first_error was made of; nothing for other failures.
  std::optional<std::size_t> index() const;
  // Throws the exception this was made from, or a FailureException that holds this.
  [[noreturn]] void rethrow() const;

 private:
  struct Context;
  std::error_code code_;
  std::shared_ptr<Context const> context_;
};

// What a Failure becomes where code expects an exception: at co_await, and out of value().
class FailureException : public std::exception {
 public:
  explicit FailureException(Failure failure)
      : failure_(std::move(failure)), text_(failure_.message()) {}
  Failure const& failure() const { return failure_; }
  char const* what() const noexcept override { return text_.c_str(); }

 private:
  Failure failure_;
  std::string text_;
};

// void has no values; a Result<void> or Deferred<void> carries this in its place.
using Unit = std::monostate;
template <class T>
using ValueOf = std::conditional_t<std::is_void_v<T>, Unit, T>;

// A value or the Failure that took its place.
template <class T>
class [[nodiscard]] Result {
 public:
  using Value = ValueOf<T>;  // Unit for void

  Result()
    requires std::is_void_v<T>
      : state_(std::in_place_index<0>) {}
  template <class U = Value>
    requires(std::is_convertible_v<U, Value> && !std::is_same_v<std::remove_cvref_t<U>, Failure> &&
             !std::is_same_v<std::remove_cvref_t<U>, Error>)
  Result(U&& value) : state_(std::in_place_index<0>, std::forward<U>(value)) {}
  Result(Failure failure) : state_(std::in_place_index<1>, std::move(failure)) {}
  Result(Error error) : Result(Failure(error)) {}

  explicit operator bool() const { return state_.index() == 0; }
  // The value; throws the failure if there is none.
  Value& value() & {
    if (!*this) failure().rethrow();
    return *std::get_if<0>(&state_);
  }
  Value&& value() && { return std::move(value()); }
  Value const& value() const& {
    if (!*this) failure().rethrow();
    return *std::get_if<0>(&state_);
  }
  Value& operator*() { return value(); }
  Value const& operator*() const { return value(); }
  Value* operator->() { return &value(); }
  // Only where there is no value.
  Failure const& failure() const { return std::get<1>(state_); }

 private:
  std::variant<Value, Failure> state_;
};

}  // namespace twx

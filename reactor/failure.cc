#include "reactor/failure.h"

#include <cerrno>
#include <utility>

namespace twx {
namespace {

struct Category final : std::error_category {
  char const* name() const noexcept override { return "twx"; }
  std::string message(int value) const override {
    switch (static_cast<Error>(value)) {
      case Error::connection_done: return "Connection closed";
      case Error::connection_lost: return "Connection lost";
      case Error::connection_aborted: return "Connection aborted";
      case Error::output_overflow: return "Too much unsent output";
      case Error::idle_timeout: return "Idle for too long";
      case Error::connect_timeout: return "Connection timed out";
      case Error::lookup_timeout: return "Name look-up timed out";
      case Error::timed_out: return "Timed out";
      case Error::name_not_found: return "Name not found";
      case Error::name_lookup_failed: return "Name look-up failed";
      case Error::bind_failed: return "Cannot use the local address";
      case Error::cannot_listen: return "Cannot listen";
      case Error::cannot_join_group: return "Cannot join or leave the group";
      case Error::stopped_connecting: return "Stopped connecting";
      case Error::no_protocol: return "The factory built no protocol";
      case Error::cancelled: return "Cancelled";
      case Error::abandoned: return "Abandoned by its producer";
      case Error::exception: return "A callback threw";
      case Error::cannot_read: return "Cannot read standard input";
      case Error::cannot_write: return "Cannot write standard output";
      case Error::tls_configuration: return "Unusable TLS settings";
      case Error::tls_handshake: return "TLS handshake failed";
      case Error::certificate_not_trusted: return "Certificate not trusted";
      case Error::pin_mismatch: return "The certificate is not the pinned one";
      case Error::tls_truncated: return "The peer ended without TLS close_notify";
      case Error::handshake_timeout: return "TLS handshake timed out";
      case Error::reader_gone: return "Nobody reads standard output any more";
      case Error::process_done: return "Process ended";
      case Error::process_terminated: return "Process ended without success";
    }
    return "Unknown error";
  }
};

bool is_lost(std::error_code code) {
  return code == Error::connection_aborted || code == Error::output_overflow ||
         code == Error::tls_truncated || code == std::errc::connection_reset ||
         code == std::errc::broken_pipe || code == std::errc::connection_aborted ||
         code == std::errc::timed_out || code == std::errc::host_unreachable ||
         code == std::errc::network_unreachable;
}

bool is_timeout(std::error_code code) {
  return code == Error::idle_timeout || code == Error::connect_timeout ||
         code == Error::lookup_timeout || code == Error::handshake_timeout ||
         code == std::errc::timed_out;
}

}  // namespace

struct Failure::Context {
  std::string text;
  bool whole = false;  // text is the message, not a prefix of it
  std::exception_ptr exception;
  std::optional<std::size_t> index;  // in a list of Deferreds
};

std::error_category const& twx_category() noexcept {
  static Category const category;
  return category;
}

std::error_code make_error_code(Error error) noexcept {
  return {static_cast<int>(error), twx_category()};
}

Failure::Failure(std::error_code code, std::string context)
    : code_(code),
      context_(std::make_shared<Context>(Context{std::move(context), false, {}, {}})) {}

Failure Failure::with_message(std::error_code code, std::string message) {
  Failure failure(code);
  failure.context_ = std::make_shared<Context>(Context{std::move(message), true, {}, {}});
  return failure;
}

Failure Failure::first_error(std::size_t index, Failure const& failure) noexcept {
  Failure first(failure.code_);
  try {
    first.context_ = std::make_shared<Context>(
        Context{std::to_string(index) + ": " + failure.message(), true, {}, index});
  } catch (std::bad_alloc const&) {
    return failure;  // better without its number than none
  }
  return first;
}

Failure Failure::from_errno() { return std::error_code(errno, std::system_category()); }

Failure Failure::no_memory() { return std::make_error_code(std::errc::not_enough_memory); }

// Where memory is short the text and the exception are left out; the code is kept.
Failure Failure::from_current_exception() {
  auto const exception = std::current_exception();
  auto keep = [&](std::error_code code, auto make_text) {
    Failure failure(code);
    try {
      failure.context_ = std::make_shared<Context>(Context{make_text(), true, exception, {}});
    } catch (std::bad_alloc const&) {
      return failure;
    }
    return failure;
  };
  try {
    throw;
  } catch (FailureException const& e) {
    return e.failure();
  } catch (std::system_error const& e) {
    return keep(e.code(), [&] { return std::string(e.what()); });
  } catch (std::bad_alloc const&) {
    return no_memory();
  } catch (std::exception const& e) {
    return keep(Error::exception, [&] { return std::string(e.what()); });
  } catch (...) {
    return keep(Error::exception, [] { return std::string("unknown exception"); });
  }
}

bool Failure::is(Error error) const {
  if (code_ == error) return true;
  if (error == Error::connection_lost) return is_lost(code_);
  return error == Error::timed_out && is_timeout(code_);
}

std::string Failure::message() const {
  if (!context_) return code_.message();
  if (context_->whole) return context_->text;
  return context_->text + ": " + code_.message();
}

std::optional<std::size_t> Failure::index() const {
  return context_ ? context_->index : std::nullopt;
}

void Failure::rethrow() const {
  if (context_ && context_->exception) std::rethrow_exception(context_->exception);
  throw FailureException(*this);
}

}  // namespace twx

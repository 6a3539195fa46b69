#include "cli/exit_status.h"

#include "protocols/http.h"
#include "protocols/proxy_error.h"
#include "reactor/failure.h"

namespace twx {
namespace {

constexpr ExitStatusEntry table[] = {
    {ExitStatus::done, "done, and nothing was lost; a server that was asked to stop"},
    {ExitStatus::failed, "any other failure"},
    {ExitStatus::usage, "usage: a bad option, endpoint or value"},
    {ExitStatus::malformed_url, "malformed URL"},
    {ExitStatus::proxy_not_found, "proxy name not found"},
    {ExitStatus::host_not_found, "host name not found"},
    {ExitStatus::not_connected, "could not connect (refused, unreachable) or could not listen"},
    {ExitStatus::bad_answer, "the answer was not understood"},
    {ExitStatus::ended_early, "the transfer ended early"},
    {ExitStatus::http_error, "HTTP status of 400 or more with --fail"},
    {ExitStatus::write_failed, "could not write locally"},
    {ExitStatus::read_failed, "could not read locally"},
    {ExitStatus::timed_out, "a timeout"},
    {ExitStatus::range_refused, "the server does not go on where the file ends"},
    {ExitStatus::tls_handshake, "TLS handshake failed"},
    {ExitStatus::interface_failed, "the local address or interface cannot be used"},
    {ExitStatus::too_many_redirects, "too many redirects"},
    {ExitStatus::empty_answer, "empty answer"},
    {ExitStatus::send_failed, "could not send to the peer"},
    {ExitStatus::receive_failed, "could not receive from the peer; the connection was reset"},
    {ExitStatus::not_trusted, "certificate not trusted"},
    {ExitStatus::bad_encoding, "unknown or broken content encoding"},
    {ExitStatus::too_large, "too large"},
    {ExitStatus::cannot_rewind, "what was sent would have to be sent again, and cannot be"},
    {ExitStatus::login_refused, "login refused (SASL, password)"},
    {ExitStatus::pin_mismatch, "the certificate is not the pinned one"},
    {ExitStatus::proxy_handshake, "a SOCKS proxy did not make the connection"},
    {ExitStatus::head_too_large, "the head of an answer is too large"},
};

bool is_system(std::error_code code) {
  return code.category() == std::system_category() || code.category() == std::generic_category();
}

bool is_unreachable(std::error_code code) {
  return code == std::errc::connection_refused || code == std::errc::host_unreachable ||
         code == std::errc::network_unreachable;
}

}  // namespace

std::span<ExitStatusEntry const> exit_statuses() { return table; }

ExitStatus http_status(std::error_code code) {
  switch (static_cast<HttpError>(code.value())) {
    case HttpError::bad_url:
    case HttpError::refused: return ExitStatus::malformed_url;
    case HttpError::malformed: return ExitStatus::bad_answer;
    case HttpError::wrong_checksum:
    case HttpError::not_http: return ExitStatus::failed;
    case HttpError::head_too_large: return ExitStatus::head_too_large;
    case HttpError::bad_chunk: return ExitStatus::receive_failed;
    case HttpError::bad_transfer_coding:
    case HttpError::bad_content_coding: return ExitStatus::bad_encoding;
    case HttpError::truncated: return ExitStatus::ended_early;
    case HttpError::no_answer: return ExitStatus::empty_answer;
    case HttpError::body_too_large: return ExitStatus::too_large;
    case HttpError::cannot_rewind: return ExitStatus::cannot_rewind;
    case HttpError::too_many_redirects: return ExitStatus::too_many_redirects;
    case HttpError::range_refused: return ExitStatus::range_refused;
    case HttpError::status: return ExitStatus::http_error;
  }
  return ExitStatus::failed;
}

ExitStatus proxy_status(std::error_code code) {
  switch (static_cast<ProxyError>(code.value())) {
    case ProxyError::bad_setting: return ExitStatus::usage;
    case ProxyError::name_not_found: return ExitStatus::proxy_not_found;
    case ProxyError::handshake: return ExitStatus::proxy_handshake;
    case ProxyError::tunnel: return ExitStatus::receive_failed;
  }
  return ExitStatus::failed;
}

// The order matters: an unreachable host and a time-out of the system are connection_lost as well.
ExitStatus exit_status(Failure const& failure) {
  auto const code = failure.code();
  if (code.category() == http_category()) return http_status(code);
  if (code.category() == proxy_category()) return proxy_status(code);
  if (code == Error::connection_done) return ExitStatus::done;
  if (code == Error::reader_gone) return ExitStatus::done;
  if (code == Error::cannot_write) return ExitStatus::write_failed;
  if (code == Error::cannot_read) return ExitStatus::read_failed;
  if (code == Error::tls_configuration) return ExitStatus::read_failed;
  if (code == Error::tls_handshake) return ExitStatus::tls_handshake;
  if (code == Error::certificate_not_trusted) return ExitStatus::not_trusted;
  if (code == Error::pin_mismatch) return ExitStatus::pin_mismatch;
  if (code == Error::tls_truncated) return ExitStatus::ended_early;
  if (failure.is(Error::timed_out)) return ExitStatus::timed_out;
  if (code == Error::name_not_found || code == Error::name_lookup_failed) {
    return ExitStatus::host_not_found;
  }
  if (code == Error::bind_failed) return ExitStatus::interface_failed;
  if (code == Error::cannot_listen || is_unreachable(code)) return ExitStatus::not_connected;
  if (code == std::errc::broken_pipe) return ExitStatus::send_failed;
  if (failure.is(Error::connection_lost)) return ExitStatus::receive_failed;
  if (code == std::errc::not_enough_memory || code == std::errc::operation_canceled) {
    return ExitStatus::failed;
  }
  return is_system(code) ? ExitStatus::not_connected : ExitStatus::failed;
}

}  // namespace twx

#include "protocols/http_client.h"

#include <algorithm>
#include <stdexcept>
#include <utility>

namespace twx {
namespace {

constexpr std::size_t longest_head = 1024 * 1024;

bool clean(std::string_view text) {
  return text.find_first_of(std::string_view("\r\n\0", 3)) == text.npos;
}

bool visible(std::string_view text) {
  return !text.empty() &&
         std::ranges::all_of(text, [](unsigned char c) { return c > ' ' && c != 0x7f; });
}

Failure refused(std::string_view what) {
  return Failure::with_message(HttpError::refused,
                               "the request cannot be sent: " + std::string(what));
}

}  // namespace

Result<std::string> head_of(HttpRequest const& request) {
  if (!visible(request.method)) return refused("its method is no word");
  if (!visible(request.target)) return refused("a space or a control character in the target");
  auto head = request.method + " " + request.target;
  head += request.version == 10 ? " HTTP/1.0\r\n" : " HTTP/1.1\r\n";
  for (auto const& [name, value] : request.fields) {
    if (!visible(name) || name.find(':') != name.npos || !clean(value))
      return refused("a line end, NUL or space in the field " + name);
    head += name;
    head += value.empty() ? ":" : ": ";
    head += value;
    head += "\r\n";
  }
  head += "\r\n";
  if (head.size() > longest_head) return refused("its head is over 1 MiB");
  return head;
}

Deferred<void> HttpClient::request(HttpRequest const& request, HttpResponseReceiver& receiver) {
  if (receiver_) throw std::logic_error("a request is under way");
  auto head = head_of(request);
  if (!head) return fail<void>(head.failure());
  if (lost_) return fail<void>(std::make_error_code(std::errc::not_connected));
  auto answered = Deferred<void>::with_canceller([this](Promise<void>&) {
    receiver_ = nullptr;
    reusable_ = false;
    transport().abort_connection();
  });
  promise_ = answered.promise();
  receiver_ = &receiver;
  anything_received_ = false;
  parser_.expect(request.method);
  transport().write(*head);
  if (request.body) transport().write(request.body);
  return answered;
}

// What comes without a request, or after its response, makes no sense.
void HttpClient::data_received(Bytes data) {
  if (!receiver_) return finish({});
  anything_received_ = true;
  auto const used = parse(data);
  if (!used) {
    reusable_ = false;
    transport().abort_connection();
    return finish(used.failure());
  }
  if (!parser_.done()) return;
  if (*used < data.size() || !parser_.keep_alive()) reusable_ = false;
  if (!reusable_) transport().lose_connection();
  finish({});
}

// What the receiver throws is the failure of the request, and nobody else's.
Result<std::size_t> HttpClient::parse(Bytes data) {
  try {
    return parser_.put(data);
  } catch (...) {
    return Failure::from_current_exception();
  }
}

void HttpClient::eof_received() {
  reusable_ = false;
  transport().lose_connection();
  if (receiver_) finish(parser_.put_eof());
}

void HttpClient::connection_lost(Failure const& reason) {
  lost_ = true;
  reusable_ = false;
  if (receiver_) finish(reason);
  for (auto& promise : std::exchange(closing_, {})) promise.callback();
}

Deferred<void> HttpClient::close() {
  reusable_ = false;
  if (lost_) return succeed();
  Deferred<void> closed;
  closing_.push_back(closed.promise());
  transport().lose_connection();
  return closed;
}

// The last thing in its caller: whoever waits goes on inside.
void HttpClient::finish(Result<void> result) {
  if (!std::exchange(receiver_, nullptr)) {
    reusable_ = false;
    return transport().lose_connection();
  }
  auto promise = std::move(promise_);
  if (promise.fired()) return;
  if (result)
    promise.callback();
  else
    promise.errback(result.failure());
}

}  // namespace twx

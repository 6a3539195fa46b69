#include "protocols/http_client.h"

#include <algorithm>
#include <stdexcept>
#include <utility>

namespace twx {
namespace {

constexpr std::size_t longest_head = 1024 * 1024;
constexpr std::uint64_t worth_forwarding = 64 * 1024;  // less is read sooner than arranged for

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

// What the receiver throws is the request's failure and not the connection's.
template <class Parse>
auto received(Parse parse) -> decltype(parse()) {
  try {
    return parse();
  } catch (...) {
    return Failure::from_current_exception();
  }
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
  forwardable_ = true;
  parser_.expect(request.method);
  transport().write(*head);
  if (request.body) transport().write(request.body);
  return answered;
}

// What comes without a request, or after its response, makes no sense.
void HttpClient::data_received(Bytes data) {
  if (!receiver_) return finish({});
  anything_received_ = true;
  auto const used = received([&] { return parser_.put(data); });
  if (!used) return abort(used.failure());
  if (!parser_.done()) return forward_body();
  if (*used < data.size()) reusable_ = false;
  answered();
}

void HttpClient::abort(Failure const& failure) {
  reusable_ = false;
  transport().abort_connection();
  finish(failure);
}

void HttpClient::answered() {
  if (!parser_.keep_alive()) reusable_ = false;
  if (!reusable_) transport().lose_connection();
  finish({});
}

void HttpClient::forward_body() {
  if (!receiver_ || !forwardable_) return;
  auto const left = parser_.body_left();
  if (!left || *left < worth_forwarding) return;
  auto const file = received([this] { return Result<int>(receiver_->body_file()); });
  if (!file) return abort(file.failure());
  if (*file >= 0) forwardable_ = transport().forward_to_file(*file, *left);
}

void HttpClient::file_forwarded(std::uint64_t count, Result<void> const& written) {
  if (!receiver_) return;
  forwardable_ = false;
  auto const told = received([&] {
    receiver_->body_forwarded(count, written);
    if (written) parser_.skip_body(count);
    return written;
  });
  if (!told) return abort(told.failure());
  if (parser_.done()) answered();
}

void HttpClient::eof_received() {
  reusable_ = false;
  transport().lose_connection();
  if (receiver_) finish(received([this] { return parser_.put_eof(); }));
}

void HttpClient::connection_lost(Failure const& reason) {
  lost_ = true;
  reusable_ = false;
  if (receiver_) finish(reason);
  for (auto& promise : std::exchange(closing_, {})) promise.callback();
  if (when_lost) when_lost();
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

#include "protocols/http_client.h"

#include <algorithm>
#include <stdexcept>
#include <utility>

#include "reactor/ascii.h"

namespace twx {
namespace {

constexpr std::size_t longest_head = 1024 * 1024;
constexpr std::uint64_t worth_forwarding = 64 * 1024;  // less is read sooner than arranged for

// Not by find_first_of, which calls a function for each character.
bool clean(std::string_view text) {
  return std::ranges::none_of(text, [](char c) { return c == '\r' || c == '\n' || c == '\0'; });
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

using Length = Result<std::optional<std::uint64_t>>;

// Of a body without chunks. Never nothing.
Length told_length(HttpRequest const& request) {
  auto const text = trimmed(request.fields.value("Content-Length"));
  std::uint64_t length = 0;
  if (parse_number(text, length)) return std::optional(length);
  if (!text.empty()) return refused("its Content-Length is no number");
  if (auto const size = request.body->size()) return size;
  return refused("the length of its body is not known");
}

}  // namespace

Result<std::string> head_of(HttpRequest const& request) {
  if (!visible(request.method)) return refused("its method is no word");
  if (!visible(request.target)) return refused("a space or a control character in the target");
  std::string head;
  head.reserve(256);
  head += request.method;
  head += ' ';
  head += request.target;
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

// What can be refused before anything is sent.
Result<void> HttpClient::prepare(HttpRequest const& request) {
  auto const& fields = request.fields;
  connect_ = request.method == "CONNECT";
  tunnel_ = switched_ = false;
  continued_ = false;
  cut_short_ = false;
  sender_.forget();
  if (!request.body) return {};
  auto const chunked = fields.lists("Transfer-Encoding", "chunked");
  if (chunked && request.version == 10) return refused("HTTP/1.0 knows no chunks");
  auto const length = chunked ? Length(std::optional<std::uint64_t>()) : told_length(request);
  if (!length) return length.failure();
  if (!request.body->rewind()) return Failure(HttpError::cannot_rewind);
  length_ = *length;
  return {};
}

Deferred<void> HttpClient::request(HttpRequest const& request, HttpResponseReceiver& receiver) {
  auto const head = head_of(request);
  return head ? this->request(request, *head, receiver) : fail<void>(head.failure());
}

Deferred<void> HttpClient::request(HttpRequest const& request, std::string const& head,
                                   HttpResponseReceiver& receiver) {
  if (receiver_) throw std::logic_error("a request is under way");
  if (lost_) return fail<void>(std::make_error_code(std::errc::not_connected));
  if (auto const prepared = prepare(request); !prepared) return fail<void>(prepared.failure());
  auto answered = Deferred<void>::with_canceller([this](Promise<void>&) {
    receiver_ = nullptr;
    reusable_ = false;
    stop_body();
    transport().abort_connection();
  });
  promise_ = answered.promise();
  receiver_ = &receiver;
  anything_received_ = false;
  forwardable_ = true;
  waiting_ = request.body;
  try {
    begin(request, head);
  } catch (...) {
    abort(Failure::from_current_exception());
  }
  return answered;
}

void HttpClient::begin(HttpRequest const& request, std::string const& head) {
  parser_.expect(request.method, request.leniency);
  transport().write(head);
  if (request.version == 10 || !request.fields.lists("Expect", "100-continue")) return send_body();
  if (waiting_ && clock_) end_of_wait_ = clock_->call_later(longest_wait_, [this] { send_body(); });
}

Address const& HttpClient::host() {
  if (!host_) host_ = transport().host();
  return *host_;
}

void HttpClient::limit_waiting(Clock& clock, Duration limit) {
  clock_ = &clock;
  longest_wait_ = limit;
}

void HttpClient::send_body() {
  end_of_wait_ = {};
  auto body = std::exchange(waiting_, nullptr);
  if (!body) return;
  if (auto const sent = sender_.begin(transport(), std::move(body), length_); !sent)
    abort(sent.failure());
}

// Whatever is left of it is not sent.
void HttpClient::stop_body() {
  if (!body_complete()) cut_short_ = true;
  end_of_wait_ = {};
  waiting_ = nullptr;
  sender_.stop();
  if (cut_short_) reusable_ = false;
}

void HttpClient::head_received(HttpHead head) {
  auto const status = head.status;
  auto const final = status / 100 != 1 || status == 101;
  if (status == 100) continued_ = true;
  tunnel_ = connect_ && status / 100 == 2;
  switched_ = status == 101;
  if (final && (waiting_ || status >= 300 || status == 101)) stop_body();
  if (receiver_) receiver_->head_received(std::move(head));
}

// What comes without a request, or after its response, makes no sense.
void HttpClient::data_received(Bytes data) {
  if (!receiver_) return finish({});
  anything_received_ = true;
  auto const used = received([&] { return parser_.put(data); });
  if (!receiver_) return;  // cancelled
  if (!used) return abort(used.failure());
  if (parser_.done()) return response_ended(*used == data.size());
  if (std::exchange(continued_, false)) send_body();
  forward_body();
}

// A peer that still waits for the rest of the body would never see an orderly end.
void HttpClient::response_ended(bool all_used) {
  auto const reused = tunnel_ || (parser_.keep_alive() && !switched_);
  if (!all_used || !reused) reusable_ = false;
  auto const amid = sender_.busy();
  stop_body();
  if (amid)
    transport().abort_connection();
  else if (!reusable_)
    transport().lose_connection();
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
  if (parser_.done()) response_ended(true);
}

void HttpClient::eof_received() {
  reusable_ = false;
  stop_body();
  transport().lose_connection();
  if (receiver_) finish(received([this] { return parser_.put_eof(); }));
}

void HttpClient::connection_lost(Failure const& reason) {
  lost_ = true;
  reusable_ = false;
  stop_body();
  if (receiver_) finish(reason);
  if (auto secured = std::move(secured_); !secured.fired()) secured.errback(reason);
  for (auto& promise : std::exchange(closing_, {})) promise.callback();
  if (when_lost) when_lost();
}

Deferred<void> HttpClient::start_tls(std::shared_ptr<TlsContext> context,
                                     std::string const& peer_name) {
  if (receiver_) throw std::logic_error("a request is under way");
  auto const started = transport().start_tls(std::move(context), peer_name);
  if (!started) return fail<void>(started.failure());
  auto secured = Deferred<void>::with_canceller([this](Promise<void>&) {
    reusable_ = false;
    transport().abort_connection();
  });
  secured_ = secured.promise();
  return secured;
}

void HttpClient::handshake_completed() {
  if (auto secured = std::move(secured_); !secured.fired()) secured.callback();
}

Deferred<void> HttpClient::close() {
  reusable_ = false;
  stop_body();
  if (lost_) return succeed();
  Deferred<void> closed;
  closing_.push_back(closed.promise());
  transport().lose_connection();
  return closed;
}

void HttpClient::abort(Failure const& why) {
  reusable_ = false;
  stop_body();
  transport().abort_connection();
  finish(why);
}

// The last thing in its caller: whoever waits goes on inside.
void HttpClient::finish(Result<void> const& result) {
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

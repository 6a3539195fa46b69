// twx fetch: pages by their URLs, with curl's options.
#include <algorithm>

#include "clients/fetch_body.h"
#include "clients/fetch_cookies.h"
#include "clients/fetch_options.h"
#include "clients/fetch_output.h"
#include "clients/http_pool.h"
#include "protocols/http_redirect.h"
#include "reactor/log.h"
#include "reactor/visible.h"

namespace twx {
namespace {

std::string base64(std::string_view text) {
  constexpr std::string_view digits =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string result;
  for (std::size_t i = 0; i < text.size(); i += 3) {
    auto const group = text.substr(i, 3);
    std::uint32_t bits = 0;
    for (std::size_t k = 0; k < 3; ++k)
      bits = bits << 8 | (k < group.size() ? static_cast<unsigned char>(group[k]) : 0);
    for (std::size_t k = 0; k < 4; ++k)
      result += k <= group.size() ? digits[bits >> (18 - 6 * k) & 63] : '=';
  }
  return result;
}

// What a Deferred came to, to go on with.
Deferred<std::optional<Failure>> failure_of(Deferred<void> deferred) {
  return std::move(deferred).add_both([](Result<void> result) {
    return result ? std::nullopt : std::optional<Failure>(result.failure());
  });
}

// May be sent again where it is not known whether it has arrived (RFC 9110, section 9.2.2).
bool is_idempotent(std::string_view method) {
  constexpr std::string_view all[] = {"GET", "HEAD", "PUT", "DELETE", "OPTIONS", "TRACE"};
  return std::ranges::find(all, method) != std::end(all);
}

// Lines of a head for a person: "> GET / HTTP/1.1", secrets left out.
void tell_head(char mark, std::string_view head) {
  while (!head.empty()) {
    auto line = head.substr(0, head.find('\n'));
    head.remove_prefix(std::min(line.size() + 1, head.size()));
    if (line.ends_with('\r')) line.remove_suffix(1);
    auto const colon = line.find(':');
    auto const name = colon == line.npos ? std::string_view() : line.substr(0, colon);
    auto const secret = is_credential(name) || same_word(name, "Set-Cookie");
    log(Level::info, std::string(1, mark) + ' ' +
                         escaped(secret ? std::string(name) + ": [redacted]" : std::string(line)));
  }
}

// One URL and where it leads, until its body has been written.
class Transfer final : private HttpResponseReceiver {
 public:
  Transfer(Reactor& reactor, HttpPool& pool, FetchArguments const& arguments, FetchCookies& cookies,
           FetchOutput& output, FetchOutput* heads)
      : pool_(pool),
        arguments_(arguments),
        cookies_(cookies),
        output_(output),
        heads_(heads),
        body_(reactor, output, arguments.compressed, arguments.max_size) {}

  Deferred<void> run(std::string text) {
    auto url = HttpUrl::parse(text).value();
    auto request = request_for(url);
    for (unsigned count = 0;; ++count) {
      auto next = co_await ask(url, request);
      if (!next && arguments_.fail_with_body && head_.status >= 400) throw bad_status();
      if (!next) co_return;
      if (count >= arguments_.redirects.limit)
        throw FailureException(Failure(HttpError::too_many_redirects));
      url = std::move(*next);
    }
  }

 private:
  HttpRequest request_for(HttpUrl const& url) const;
  FailureException bad_status() const {
    return FailureException(Failure::with_message(
        HttpError::status, "the server answered " + std::to_string(head_.status)));
  }
  void add_login(HttpUrl const& url, HttpFields& fields) const;
  Deferred<std::optional<HttpUrl>> ask(HttpUrl url, HttpRequest& request);
  void tell_request(HttpClient const& client, bool kept, HttpRequest const& request);
  ConnectOptions connecting_to(HttpUrl const& url) const;

  void head_received(HttpHead head) override;
  void body_received(Bytes data) override {
    if (wanted_) body_.put(data);
  }
  void response_done() override {}

  HttpPool& pool_;
  FetchArguments const& arguments_;
  FetchCookies& cookies_;
  FetchOutput& output_;
  FetchOutput* heads_;  // -D
  HttpUrl url_;         // of the present request
  HttpHead head_;
  bool wanted_ = false;  // the body is
  FetchBody body_;
};

void Transfer::add_login(HttpUrl const& url, HttpFields& fields) const {
  auto const user = !arguments_.user.empty() ? arguments_.user
                    : !url.user.empty()      ? url.user + ":" + url.password
                                             : std::string();
  if (!arguments_.bearer.empty())
    fields.push_back({"Authorization", "Bearer " + arguments_.bearer});
  else if (!user.empty())
    fields.push_back({"Authorization", "Basic " + base64(user)});
}

HttpRequest Transfer::request_for(HttpUrl const& url) const {
  auto const& values = arguments_;
  auto const usual = values.head ? "HEAD" : values.data ? "POST" : "GET";
  HttpRequest request{.method = values.method.value_or(usual), .target = url.target};
  request.version = values.http10 ? 10 : 11;
  HttpFields ours{{"Host", url.authority()}};
  add_login(url, ours);
  ours.push_back({"User-Agent", values.user_agent.empty() ? "twx" : values.user_agent});
  auto const json = values.data_type == "application/json";
  ours.push_back({"Accept", json ? "application/json" : "*/*"});
  if (!values.cookies.empty()) ours.push_back({"Cookie", values.cookies});
  if (values.compressed) ours.push_back({"Accept-Encoding", std::string(ContentDecoder::accepted)});
  if (!values.referer.empty()) ours.push_back({"Referer", values.referer});
  if (values.data) {
    request.body = memory_body(*values.data);
    ours.push_back({"Content-Length", std::to_string(values.data->size())});
    ours.push_back({"Content-Type", values.data_type});
  }
  for (auto& field : ours)
    if (!values.fields.find(field.name)) request.fields.push_back(std::move(field));
  for (auto const& field : values.fields)
    if (!field.value.empty()) request.fields.push_back(field);
  for (auto const& name : values.empty) request.fields.push_back({name, ""});
  return request;
}

ConnectOptions Transfer::connecting_to(HttpUrl const& url) const {
  auto connecting = arguments_.connecting;
  if (!url.secure()) return connecting;
  auto options = arguments_.tls;
  options.server_name = url.host;
  options.alpn = {"http/1.1"};
  connecting.tls = TlsContext::client(std::move(options)).value();
  return connecting;
}

Deferred<std::optional<HttpUrl>> Transfer::ask(HttpUrl url, HttpRequest& request) {
  auto const where = arguments_.unix_socket.empty() ? Endpoint::tcp(url.host, url.port)
                                                    : Endpoint::unix(arguments_.unix_socket);
  auto const key = url.scheme + "://" + url.authority();
  url_ = url;
  auto const sent = cookies_.with_cookies(request, url);
  for (auto again = true; again;) {
    auto taken = is_idempotent(request.method) ? pool_.take(key, where, connecting_to(url))
                                               : pool_.make(where, connecting_to(url));
    auto const lease = co_await std::move(taken);
    tell_request(*lease.client, lease.kept, sent);
    auto& client = *lease.client;
    body_.set_source({.hold = [&client](bool hold) { hold ? client.pause() : client.resume(); },
                      .abort = [&client] { client.transport().abort_connection(); }});
    auto const failure = co_await failure_of(client.request(sent, *this));
    again = failure && lease.kept && !client.anything_received();
    if (!client.lost()) pool_.give_back(key, client);
    if (again) continue;
    auto finished = body_.finish(failure ? Result<void>(*failure) : Result<void>());
    co_await std::move(finished);  // GCC 12 makes both results where they stand in a co_await
  }
  if (!arguments_.follow) co_return std::nullopt;
  co_return follow_redirect(head_, url, request, arguments_.redirects).value();
}

void Transfer::tell_request(HttpClient const& client, bool kept, HttpRequest const& request) {
  if (!log_enabled(Level::info)) return;
  log(Level::info,
      (kept ? "* once more to " : "* connected to ") + client.transport().peer().to_string());
  if (auto const head = head_of(request)) tell_head('>', *head);
}

void Transfer::head_received(HttpHead head) {
  if (log_enabled(Level::info)) tell_head('<', head.text);
  if (heads_) heads_->write(bytes(head.text));
  if (head.status / 100 == 1 && head.status != 101) return;
  head_ = std::move(head);
  cookies_.take(head_.fields, url_);
  auto const moved = arguments_.follow && head_.status / 100 == 3 && head_.fields.find("Location");
  auto const bad = head_.status >= 400 && arguments_.fail && !arguments_.fail_with_body;
  wanted_ = !moved && !bad;
  if ((arguments_.include || arguments_.head) && !bad) output_.write(bytes(head_.text));
  if (bad) throw bad_status();
  if (wanted_ && !arguments_.head) body_.begin(head_);
}

// All URLs, one after the other.
class Fetch {
 public:
  Fetch(Reactor& reactor, FetchArguments const& arguments)
      : reactor_(reactor), arguments_(arguments), cookies_(arguments) {}

  Outcome run() {
    reactor_.on_termination([this](int number) {
      outcome_.signal = number;
      if (reactor_.running()) reactor_.stop();
    });
    Deferred<void> all;
    reactor_.call_when_running([&] {
      all = fetch_all().add_both([this](Result<void> result) {
        if (!result) end(result.failure(), "");
        if (outcome_.signal == 0) reactor_.stop();
      });
    });
    reactor_.run();
    return outcome_;
  }

 private:
  Deferred<void> fetch_all() {
    cookies_.read().value();
    if (!arguments_.dump_head.empty() && arguments_.dump_head != "-")
      heads_ = file_output(arguments_.dump_head);
    for (std::size_t i = 0; i < arguments_.urls.size(); ++i) {
      auto const& url = arguments_.urls[i];
      if (auto const failure = co_await failure_of(fetch(url, i))) end(*failure, url);
    }
    write_cookies();
    if (heads_) co_await heads_->finish();
    if (standard_) co_await standard_->finish();
  }

  void write_cookies() {
    if (arguments_.cookie_jar == "-") {
      if (!standard_) standard_ = standard_output(reactor_);
      standard_->write(bytes(cookies_.text()));
    } else if (!arguments_.cookie_jar.empty()) {
      if (auto const written = cookies_.write(); !written) end(written.failure(), "");
    }
  }

  Deferred<void> fetch(std::string url, std::size_t number) {
    std::unique_ptr<FetchOutput> file;
    if (number < arguments_.outputs.size() && arguments_.outputs[number] != "-")
      file = file_output(arguments_.outputs[number]);
    if ((!file || arguments_.dump_head == "-") && !standard_) standard_ = standard_output(reactor_);
    Transfer transfer(reactor_, pool_, arguments_, cookies_, file ? *file : *standard_,
                      arguments_.dump_head == "-" ? standard_.get() : heads_.get());
    auto done = transfer.run(url);
    if (arguments_.max_time) done = std::move(done).add_timeout(*arguments_.max_time, reactor_);
    co_await std::move(done);
    if (file) co_await file->finish();
  }

  // The first failure is the outcome; each is told.
  void end(Failure const& failure, std::string const& url) {
    auto const text = "fetch" + (url.empty() ? "" : " " + escaped(url)) + ": " + failure.message();
    auto const status = exit_status(failure);
    if (status == ExitStatus::done) return;
    if (outcome_.status != ExitStatus::done) return log(Level::error, text);
    outcome_.status = status;
    if (!arguments_.silent || arguments_.show_error) outcome_.message = text;
  }

  Reactor& reactor_;
  FetchArguments const& arguments_;
  HttpPool pool_{reactor_};
  FetchCookies cookies_;
  std::unique_ptr<FetchOutput> standard_;
  std::unique_ptr<FetchOutput> heads_;
  Outcome outcome_;
};

Action declare(Options& options) {
  auto const arguments = declare_fetch(options);
  options.example("twx fetch -L -o page.html https://example.org/",
                  "Keep a page, follow redirects");
  options.example("twx fetch -i example.org", "Show the head too");
  options.example("twx fetch --json '{\"a\": 1}' http://localhost:8080/api", "Post JSON");
  return [arguments](Reactor& reactor) { return Fetch(reactor, *arguments).run(); };
}

}  // namespace

extern constinit Command const client_fetch{
    "fetch", "fetch URLs by HTTP",
    "Fetches each URL and writes the body to standard output, as it comes. Options are spelled as "
    "curl spells them and mean the same. Redirects are followed only with -L; the login, cookies "
    "and fields that look like a secret are not sent to another origin.",
    declare};

}  // namespace twx

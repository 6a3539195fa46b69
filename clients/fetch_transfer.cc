#include "clients/fetch_transfer.h"

#include <algorithm>
#include <utility>

#include "cli/tls_options.h"
#include "clients/etag_file.h"
#include "clients/fetch_report.h"
#include "clients/output_name.h"
#include "clients/resume.h"
#include "clients/watched_body.h"
#include "protocols/http_date.h"
#include "protocols/http_redirect.h"
#include "protocols/http_words.h"
#include "reactor/defer_later.h"
#include "reactor/log.h"
#include "reactor/visible.h"

namespace twx {

using namespace std::chrono_literals;

FetchTransfer::FetchTransfer(FetchShared& shared, FetchSet& set, Target target)
    : shared_(shared),
      set_(set),
      options_(set.options),
      target_(std::move(target)),
      begin_(shared.reactor.now()),
      login_(options_, set.netrc ? &*set.netrc : nullptr, set.digests) {
  result_.url = std::move(target_.url);
  result_.number = target_.number;
}

FetchTransfer::~FetchTransfer() = default;

Deferred<void> FetchTransfer::run() {
  try {
    for (auto const wanted = begin(); wanted;) {
      auto tried = attempt();
      auto const longest = options_.max_time.value_or(Duration::zero());
      if (longest > Duration::zero())  // as curl has it, that is no limit
        tried = std::move(tried).add_timeout(longest, shared_.reactor);
      auto const attempted = co_await std::move(tried).as_result();
      auto const pause = pause_after(attempted);
      if (!pause) break;
      co_await defer_later(shared_.reactor, *pause);
      if (line_) line_->restarted(result_.retries, offset_ + written_);
    }
    if (complete()) {
      auto finished = output_->finish();
      co_await std::move(finished);
      result_.file = output_->path();
    }
  } catch (...) {
    result_.failure = Failure::from_current_exception();
  }
  if (result_.failure && output_) output_->discard_on_error();
  if (line_) line_->finished(!result_.failure);
  line_.reset();
  if (answered_) result_.steps.back().head = std::move(head_);
  result_.timings.total = shared_.reactor.now() - begin_;
}

// --- attempts ---

// Whether anything is to be asked for.
bool FetchTransfer::begin() {
  first_url_ = fetch_url(options_, result_.url, target_.upload).value();
  plan_file();
  done_already_ = options_.skip_existing && !plan_.path.empty() && is_there(plan_.path);
  if (done_already_) {
    shared_.trace.info("skipped, since there is " + escaped(plan_.path));
    return false;
  }
  if (!options_.checksum.empty()) checksum_ = Checksum::parse(options_.checksum).value();
  if (shared_.progress) line_ = shared_.progress->begin(without_login(result_.url));
  return true;
}

// For another attempt; nothing if this was the last one. Throws its failure then.
std::optional<Duration> FetchTransfer::pause_after(Result<void> const& attempt) {
  std::optional<Failure> failure;
  if (!attempt) failure = too_slow_ ? *too_slow_ : attempt.failure();
  if (failure && !retry_) retry_ = retry_for(failure);
  if (!retry_ || !can_go_on()) {
    show_heads();
    if (failure) throw FailureException(*failure);
    return std::nullopt;
  }
  ++result_.retries;
  auto const why = failure ? failure->message() : bad_status().failure().message();
  if (!shared_.silent)
    log(Level::notice, "fetch " + escaped(without_login(result_.url)) + ": " + escaped(why) +
                           "; once more in " + std::to_string(retry_->after / 1ms) + " ms");
  return retry_->after;
}

std::optional<Retry> FetchTransfer::retry_for(std::optional<Failure> const& failure) const {
  RetryRules const rules{.most = static_cast<unsigned>(options_.retries),
                         .delay = options_.retry_delay.value_or(Duration::zero()),
                         .max_time = options_.retry_max_time.value_or(Duration::zero()),
                         .all_errors = options_.retry_all_errors,
                         .refused = options_.retry_refused};
  auto const& steps = result_.steps;
  return retry_of(rules, {.retries = result_.retries,
                          .elapsed = shared_.reactor.now() - begin_,
                          .method = steps.empty() ? "GET" : steps.back().method,
                          .sent = sent_,
                          .failure = failure,
                          .head = head_.status == 0 ? nullptr : &head_,
                          .now = std::chrono::system_clock::now()});
}

// What was written must be gone on with, or taken back.
bool FetchTransfer::can_go_on() {
  if (written_ == 0) {
    if (heads_shown_ && output_->restart()) heads_shown_ = false;
    return true;
  }
  auto const added = wanted_ && head_.status != 206;  // by this attempt, of what may be another one
  if (!validator_.empty() && !added) return true;
  auto const& steps = result_.steps;
  auto const partial = head_.status / 100 == 2 && steps.back().method == "GET" &&
                       !options_.compressed && options_.range.empty();
  if (partial && (head_.fields.find("ETag") || head_.fields.find("Last-Modified"))) {
    validator_ =
        std::string(head_.fields.value(head_.fields.find("ETag") ? "ETag" : "Last-Modified"));
    if (!validator_.starts_with("W/")) return true;
    validator_.clear();
  }
  return start_over();
}

bool FetchTransfer::start_over() {
  if (written_ > 0 && !output_->restart()) return false;
  heads_shown_ = false;
  validator_.clear();
  written_ = 0;
  if (checksum_) checksum_->restart();
  if (checksum_ && offset_ > 0) checksum_->add_file(plan_.path).value();
  return true;
}

Deferred<void> FetchTransfer::attempt() {
  begin_attempt();
  auto request = first_request();
  for (std::uint64_t redirects = 0;;) {
    auto const key = find_way();
    auto ours = request;
    identify(ours);
    Result<void> came;
    for (auto stale = true; stale;) {
      std::optional<HttpRequest> proxied;
      if (route_ && asks_proxy_) proxied = for_proxy(*route_, ours);
      auto const& sent = proxied ? *proxied : ours;
      auto const head = head_of(sent).value();  // before connecting: it may be refused
      auto taken = take_connection(key, sent.method);
      auto const lease = co_await std::move(taken);
      begin_request(*lease.client, lease.kept, sent, head);
      auto asked = lease.client->request(sent, head, *this);
      came = co_await std::move(asked).as_result();
      stale = !came && lease.kept && !lease.client->anything_received();
      end_request(*lease.client);
      shared_.pool.give_back(key, *lease.client);
    }
    if (body_) {  // what has come is written to its end, whatever has failed
      auto finished = body_->finish(std::move(came));
      came = co_await std::move(finished).as_result();
      written_ += body_->written();
      result_.body_size = written_;
      body_.reset();
    }
    if (!came) throw FailureException(came.failure());
    if (again_) continue;
    if (options_.fail_with_body && head_.status >= 400) throw bad_status();
    auto next = follow(request);
    if (!next) co_return;
    if (redirects++ >= options_.max_redirects)
      throw FailureException(Failure(HttpError::too_many_redirects));
    result_.timings.redirect = shared_.reactor.now() - begin_;
    url_ = std::move(*next);
  }
}

void FetchTransfer::begin_attempt() {
  url_ = first_url_;
  retry_.reset();
  too_slow_.reset();
  result_.steps.clear();
  heads_.clear();
  head_ = {};
  again_ = answered_ = wanted_ = sent_ = false;
}

// --- requests ---

HttpRequest FetchTransfer::first_request() {
  if (!body_plan_) body_plan_ = plan_body();
  auto request = fetch_request(options_, url_, *body_plan_, !target_.upload.empty());
  auto const from = offset_ + written_;
  if (from > 0 && target_.upload.empty()) request.fields.push_back({"Range", range_from(from)});
  if (written_ > 0) request.fields.push_back({"If-Range", validator_});
  if (!options_.etag_compare.empty()) {
    auto etag = read_etag(options_.etag_compare, !options_.etag_save.empty());
    request.fields.push_back({"If-None-Match", std::move(etag).value()});
  }
  return request;
}

FetchBodyPlan FetchTransfer::plan_body() {
  auto const standard_input = [this] { return shared_.streams().input(); };
  auto plan = fetch_body(options_, target_.upload, standard_input).value();
  auto& body = plan.body;
  if (!body) return plan;
  // It may be read after this has gone, to be sent to a server that has answered already.
  alive_ = std::make_shared<FetchTransfer*>(this);
  auto sending = [alive = std::weak_ptr(alive_)](Bytes piece) {
    auto const self = alive.lock();
    return self ? (*self)->sending(piece) : Duration::zero();
  };
  body = std::make_shared<WatchedBody>(std::move(body), shared_.reactor, std::move(sending));
  return plan;
}

// A piece of the request's body: how long to wait before the next one.
Duration FetchTransfer::sending(Bytes piece) {
  if (proving_) return Duration::zero();
  shared_.trace.request_body(piece);
  if (line_) line_->sent(piece.size());
  if (speed_) speed_->moved(piece.size());
  return rate_ ? rate_->pause_after(piece.size()) : Duration::zero();
}

std::optional<HttpUrl> FetchTransfer::follow(HttpRequest& request) {
  if (!options_.follow && !options_.redirects.keep_credentials) {
    auto const* const location = head_.fields.find("Location");
    if (location && head_.status / 100 == 3)
      if (auto there = url_.resolve(*location)) result_.redirect_url = there->text();
    return std::nullopt;
  }
  auto const before = request.fields;
  auto next = follow_redirect(head_, url_, request, options_.redirects).value();
  if (!next) return next;
  if (!is_allowed(*next, options_.redirect_schemes))
    throw FailureException(
        Failure::with_message(HttpError::refused, "--proto-redir does not allow " + next->scheme));
  for (auto const& field : before)
    if (is_credential(field.name) && !request.fields.find(field.name))
      shared_.trace.info("not sent to another origin: " + field.name);
  auto const first = next->same_origin(first_url_) || options_.redirects.keep_credentials;
  if (!first && !next->same_origin(url_) && login_.has_any())
    shared_.trace.info("not sent to another origin: the login");
  if (first && next->user.empty() && next->password.empty()) {
    next->user = first_url_.user;
    next->password = first_url_.password;
  }
  add_referer(*next, request);
  return next;
}

// ";auto": never with a login or a fragment, and not from https to http.
void FetchTransfer::add_referer(HttpUrl const& to, HttpRequest& request) const {
  if (!options_.referer.ends_with(";auto")) return;
  std::erase_if(request.fields,
                [](HttpField const& field) { return same_word(field.name, "Referer"); });
  if (!url_.secure() || to.secure()) request.fields.push_back({"Referer", url_.text()});
}

// --- one request and its answer ---

// Who asks, and the step that it is.
void FetchTransfer::identify(HttpRequest& request) {
  proving_ = true;  // as long as no request begins
  auto const first = url_.same_origin(first_url_) || options_.redirects.keep_credentials;
  login_.add(request, url_, first).value();
  shared_.cookies.add(request, url_, options_);
  if (!again_) add_step(request.method);
  if (unexpecting_)
    std::erase_if(request.fields,
                  [](HttpField const& field) { return same_word(field.name, "Expect"); });
}

Deferred<HttpPool::Lease> FetchTransfer::take_connection(std::string const& key,
                                                         std::string const& method) {
  HttpPool::Make make = [this] { return connect(route_ ? *route_ : set_.way_to(url_).route); };
  return is_idempotent(method) ? shared_.pool.take(key, std::move(make))
                               : shared_.pool.take_new(key, std::move(make));
}

void FetchTransfer::add_step(std::string const& method) {
  if (std::exchange(answered_, false)) result_.steps.back().head = head_;
  auto& step = result_.steps.emplace_back();
  step.url = url_.text();
  step.method = method;
}

void FetchTransfer::begin_request(HttpClient& client, bool kept, HttpRequest const& request,
                                  std::string const& head) {
  client_ = &client;
  proving_ = false;
  again_ = wanted_ = sent_ = false;
  expects_ = request.fields.lists("Expect", "100-continue");
  held_by_body_ = held_by_rate_ = false;
  auto& transport = client.transport();
  result_.peer = transport.peer();
  result_.host = client.host();
  result_.tls = transport.tls();
  client.limit_waiting(shared_.reactor, options_.expect_timeout);
  if (!kept) transport.set_tcp_keep_alive(!options_.no_keep_alive);
  result_.timings.pre_transfer = shared_.reactor.now() - begin_;
  if (request.body) result_.upload_length = request.body->size();
  if (request.body && line_) line_->sends(request.body->size());
  result_.referer = request.fields.value("Referer");
  watch_speed(client);
  sent_ = true;
  result_.request_size += head.size();
  if (!shared_.trace.wanted()) return;
  shared_.trace.info((kept ? "once more to " : "connected to ") + transport.peer().to_string());
  shared_.trace.request_head(head);
}

// The connection may serve others while this body is still on its way out.
void FetchTransfer::end_request(HttpClient& client) {
  hold(held_by_rate_, false);
  hold(held_by_body_, false);
  client_ = nullptr;
  resume_ = {};
  speed_.reset();
  result_.upload_size += client.body_sent();
}

void FetchTransfer::watch_speed(HttpClient& client) {
  auto const rate = parse_rate(options_.rate_limit).value_or(0);
  if (rate > 0 && !rate_) rate_.emplace(shared_.reactor, rate);
  if (!options_.least_rate && !options_.least_rate_time) return;
  speed_.emplace(shared_.reactor, options_.least_rate.value_or(1),
                 options_.least_rate_time.value_or(30s), [this, &client](Failure const& failure) {
                   too_slow_ = failure;
                   client.transport().abort_connection();
                 });
}

// --- the end ---

// Whether there is an output to be finished.
bool FetchTransfer::complete() {
  auto const nothing_came = done_already_ && !output_;
  if (nothing_came && checksum_) checksum_->add_file(plan_.path).value();
  if (!nothing_came && !options_.etag_save.empty()) save_etag(options_.etag_save, head_).value();
  if (checksum_) checksum_->check().value();
  if (!output_) return false;
  if (options_.remote_time)
    if (auto const time = http_date(head_.fields.value("Last-Modified")))
      output_->set_modified(*time);
  return true;
}

}  // namespace twx

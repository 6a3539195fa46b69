// One URL of twx fetch: its requests, redirects, logins and retries, until its body is where it
// belongs.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "clients/checksum.h"
#include "clients/fetch_body.h"
#include "clients/fetch_cookies.h"
#include "clients/fetch_login.h"
#include "clients/fetch_options.h"
#include "clients/fetch_output.h"
#include "clients/fetch_progress.h"
#include "clients/fetch_request.h"
#include "clients/fetch_result.h"
#include "clients/fetch_retry.h"
#include "clients/fetch_set.h"
#include "clients/fetch_trace.h"
#include "clients/http_connect.h"
#include "clients/http_pool.h"
#include "clients/http_route.h"
#include "clients/transfer_rate.h"
#include "reactor/reactor.h"

namespace twx {

// What all URLs of a run share.
struct FetchShared {
  Reactor& reactor;
  HttpPool& pool;
  FetchCookies& cookies;
  FetchTrace& trace;
  bool silent;                                // -s
  FetchProgress* progress;                    // nullptr: none is shown
  std::function<StandardStreams&()> streams;  // made when they are first needed
};

class FetchTransfer final : private HttpResponseReceiver {
 public:
  struct Target {
    std::string url;
    std::size_t number = 0;                      // from 0, of all URLs
    std::optional<FetchOutputName> output = {};  // nothing: standard output
    std::string upload = {};                     // -T
  };
  // Both references must live as long.
  FetchTransfer(FetchShared& shared, FetchSet& set, Target target);
  ~FetchTransfer() override;

  // Fires when all is done; what went wrong is in the result.
  Deferred<void> run();
  FetchResult const& result() const { return result_; }

 private:
  // --- fetch_transfer.cc ---
  bool begin();
  Deferred<void> attempt();
  void begin_attempt();
  std::optional<Duration> pause_after(Result<void> const& attempt);
  bool complete();
  std::optional<Retry> retry_for(std::optional<Failure> const& failure) const;
  bool can_go_on();
  bool start_over();

  HttpRequest first_request();
  FetchBodyPlan plan_body();
  Duration sending(Bytes piece);
  std::optional<HttpUrl> follow(HttpRequest& request);
  void add_referer(HttpUrl const& to, HttpRequest& request) const;
  void identify(HttpRequest& request);
  void add_step(std::string const& method);
  Deferred<HttpPool::Lease> take_connection(std::string const& key, std::string const& method);
  void begin_request(HttpClient& client, bool kept, HttpRequest const& request,
                     std::string const& head);
  void end_request(HttpClient& client);
  void watch_speed(HttpClient& client);

  // --- fetch_proxy.cc ---
  std::string find_way();
  FetchWay meet_proxy(FetchWay way);
  HttpRequest for_proxy(HttpRoute& route, HttpRequest const& request);
  Deferred<HttpClient*> connect(HttpRoute route);
  HttpConnectEvents events();
  void prove_to_proxy(HttpRoute& route, std::string const& method, std::string const& target,
                      HttpBody* body = nullptr);
  bool proxy_would_ask(HttpRoute const& route) const;
  bool proxy_asks(HttpHead const& head);

  // --- fetch_answer.cc ---
  FailureException bad_status() const;
  void head_received(HttpHead head) override;
  void body_received(Bytes data) override;
  void response_done() override {}
  int body_file() override;
  void body_forwarded(std::uint64_t count, Result<void> const& written) override;
  void final_head();
  void show_heads();
  bool resumes() const;
  void check_resumed();
  void begin_body();
  void received(std::uint64_t count);
  void hold(bool& reason, bool wanted);
  StandardStreams& streams();
  FetchOutput& open_standard();
  void plan_file();
  void open_output();

  FetchShared& shared_;
  FetchSet& set_;
  FetchOptions const& options_;
  Target target_;  // its url is the result's
  FetchResult result_;
  Time const begin_;

  // Of the requests.
  HttpUrl first_url_;
  HttpUrl url_;  // of the present one
  std::optional<FetchBodyPlan> body_plan_;
  std::shared_ptr<FetchTransfer*> alive_;  // for who reads the body
  FetchLogin login_;
  bool proving_ = false;          // its body is read for a hash
  HttpClient* client_ = nullptr;  // while it is asked
  bool sent_ = false;
  bool expects_ = false;      // it asks for leave to send its body
  bool unexpecting_ = false;  // the server wants no such question

  // Of the proxy.
  std::optional<HttpRoute> route_;    // to the present URL, if there is one on it
  std::optional<Proxy> proxy_;        // the first one
  std::optional<Proxy> proxy_asked_;  // the last one
  std::optional<Login> proxy_user_;
  std::unique_ptr<DigestSession> proxy_login_;
  bool proxy_basic_ = false;
  bool proxy_open_ = false;      // it does not ask for a login
  bool proxy_withheld_ = false;  // the body was, for it to ask
  int proxy_rounds_ = 0;         // refusals one after the other
  bool asks_proxy_ = false;      // it answers the present request
  HttpHead proxy_head_;          // its last answer to CONNECT

  // Of the answer.
  HttpHead head_;               // the last one, 1xx aside
  bool answered_ = false;       // the last step is, by that
  std::string heads_;           // of this attempt (-i), not shown yet
  bool heads_shown_ = false;    // of this attempt or an earlier one
  bool again_ = false;          // it asks for a login that there is
  bool wanted_ = false;         // its body is
  std::optional<Retry> retry_;  // it may pass
  bool done_already_ = false;   // the file is complete

  // Of the speed.
  bool held_by_body_ = false;
  bool held_by_rate_ = false;
  std::optional<RateLimit> rate_;
  std::optional<SpeedLimit> speed_;
  std::optional<Failure> too_slow_;
  DelayedCall resume_;

  // Of the body.
  OutputPlan plan_;
  std::unique_ptr<FetchOutput> output_;
  std::unique_ptr<FetchOutput> standard_;  // -D -
  std::optional<Checksum> checksum_;
  std::uint64_t offset_ = 0;   // where the user's file ends (-C)
  std::uint64_t written_ = 0;  // behind that, by all attempts
  std::string validator_;      // for If-Range
  std::unique_ptr<FetchProgress::Line> line_;
  std::optional<FetchBody> body_;  // after what it writes to
};

}  // namespace twx

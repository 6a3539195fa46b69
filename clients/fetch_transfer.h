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
  FetchArguments const& arguments;
  FetchProgress* progress = nullptr;
  // Standard streams, made when they are first needed.
  std::function<StandardStreams&()> streams;
};

// What holds for the URLs of one set of options.
struct FetchSet {
  FetchOptions const& options;
  HttpRouteSettings route = {};
  std::optional<Netrc> netrc = {};
  std::unique_ptr<FetchOutput> heads = {};  // -D FILE
};

class FetchTransfer final : private HttpResponseReceiver {
 public:
  struct Target {
    std::string url;
    std::size_t number = 0;                 // from 0, of all URLs
    std::optional<FetchOutputName> output;  // nothing: standard output
    std::string upload;                     // -T
  };
  FetchTransfer(FetchShared& shared, FetchSet& set, Target target);
  ~FetchTransfer() override;

  // Fires when all is done; what went wrong is in the result. Cancelling ends it where it is.
  Deferred<void> run();
  FetchResult const& result() const { return result_; }

 private:
  // How a hop has ended.
  struct Asked {
    HttpUrl url;  // where it leads, if it does
    bool again = false;
  };

  // The whole.
  Deferred<void> work();
  Deferred<void> attempts();
  Deferred<void> attempt();
  Deferred<bool> ask_again(HttpUrl url, HttpRequest request);
  Deferred<void> exchange(HttpUrl url, HttpRequest request, bool fresh);
  Deferred<void> complete();
  Deferred<void> show_request(HttpUrl url, HttpRequest request);
  std::optional<Retry> retry_after(Failure const&);
  void timed();

  // Requests.
  Result<HttpRequest> first_request(HttpUrl const& url);
  void go_on_from(HttpRequest& request);
  std::optional<HttpUrl> follow(HttpUrl const& url, HttpRequest& request);
  void add_referer(HttpUrl const& from, HttpUrl const& to, HttpRequest& request) const;

  // Connections.
  Result<HttpRoute> route_to_server(HttpUrl const& url);
  Deferred<HttpClient*> connect(HttpRoute route);
  HttpConnectEvents events();
  bool proxy_challenge(HttpHead const& head, std::string const& method, std::string const& target);
  void using_connection(HttpClient& client, bool kept);

  // Answers.
  void head_received(HttpHead head) override;
  void body_received(Bytes data) override;
  void trailer_received(HttpFields) override {}
  void response_done() override {}
  int body_file() override;
  void body_forwarded(std::uint64_t count, Result<void> const& written) override;
  void final_head();
  bool moved() const;
  bool challenged() const;
  FailureException bad_status() const;

  // Where the body goes.
  void open_output();
  void plan_file();
  void begin_body();
  bool goes_on() const;
  void received(std::uint64_t count);
  void hold(bool by_body, bool wanted);
  void pause_for(Duration);

  FetchShared& shared_;
  FetchSet& set_;
  FetchOptions const& options_;
  Target const target_;
  FetchResult result_;
  FetchLogin login_;
  Time const begin_;
  std::shared_ptr<HttpBody> upload_;

  HttpUrl first_url_;
  HttpUrl url_;     // of the present request
  HttpHead head_;   // of the last answer, 1xx aside
  bool sent_ = false;
  bool wanted_ = false;  // the body is
  bool done_already_ = false;
  std::optional<std::string> request_method_;

  std::unique_ptr<DigestSession> proxy_login_;
  bool proxy_basic_ = false;
  HttpHead proxy_head_;
  std::string tunnel_target_;

  HttpClient* client_ = nullptr;  // while it is asked
  bool held_by_body_ = false;
  bool held_by_rate_ = false;
  std::optional<RateLimit> rate_;
  std::optional<SpeedLimit> speed_;
  std::optional<Failure> too_slow_;
  DelayedCall resume_;

  OutputPlan plan_;
  std::unique_ptr<FetchOutput> output_;
  std::optional<FetchBody> body_;
  std::optional<Checksum> checksum_;
  std::uint64_t offset_ = 0;       // where the user wants to go on (-C)
  std::uint64_t written_ = 0;      // by all attempts
  std::uint64_t asked_from_ = 0;   // by the present request
  std::unique_ptr<FetchProgress::Line> line_;
  DelayedCall pause_;
};

}  // namespace twx

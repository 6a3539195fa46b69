// Public. HttpPool: connections that can carry another request are kept for it.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "protocols/http_client.h"
#include "reactor/reactor.h"

namespace twx {

// Of one reactor, which must live longer. Connections are told apart by a key: whatever may not
// share one (origin, proxy, TLS settings, login of the connection) must be part of it.
class HttpPool {
 public:
  struct Settings {
    std::size_t most_idle = 2;  // for a key; more are closed
    Duration idle_time = std::chrono::seconds(240);
  };
  explicit HttpPool(Reactor& reactor) : HttpPool(reactor, Settings()) {}
  HttpPool(Reactor& reactor, Settings settings) : reactor_(reactor), settings_(settings) {}
  // Closes those that are idle.
  ~HttpPool();
  HttpPool(HttpPool const&) = delete;
  HttpPool& operator=(HttpPool const&) = delete;

  // A connection that was kept may turn out to be gone: see HttpClient::anything_received.
  struct Lease {
    HttpClient* client = nullptr;  // until its connection_lost
    bool kept = false;
  };
  // One that was kept under `key`, or a new one to `where`. Fails as connect() does.
  Deferred<Lease> take(std::string const& key, Endpoint const& where, ConnectOptions options);
  // A new one, for a request that must not be sent twice.
  Deferred<Lease> make(Endpoint const& where, ConnectOptions options);
  // After a request: keeps the connection if it can carry another one, otherwise closes it.
  void give_back(std::string const& key, HttpClient& client);

 private:
  void forget(HttpClient const& client);

  Reactor& reactor_;
  Settings const settings_;
  std::map<std::string, std::vector<HttpClient*>> idle_;
};

}  // namespace twx

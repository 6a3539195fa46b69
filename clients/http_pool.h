// Public. HttpPool: connections to HTTP servers, so many and no more, kept for another request.
//
//   auto const lease = co_await pool.take(key, [&] { return connect_somehow(); });
//   co_await lease.client->request(request, receiver);
//   pool.give_back(key, *lease.client);
#pragma once

#include <cstddef>
#include <memory>
#include <string>

#include "protocols/http_client.h"
#include "reactor/deferred.h"
#include "reactor/function.h"

namespace twx {

// Connections are told apart by a key: whatever may not share one (origin, proxy, TLS settings,
// login of the connection) must be part of it. All of one reactor. May go at any time, before or
// after the connections and the Deferreds that it gave out, and after the reactor.
class HttpPool {
 public:
  // How many connections there may be, and how long.
  struct Settings {
    std::size_t most_idle = 2;                       // kept for a key; the oldest is closed
    Duration idle_time = std::chrono::seconds(240);  // then one that is kept is closed
    std::size_t most_for_key = 6;  // open for a key at a time, those being made too; 0: any number
    std::size_t most = 100;        // the same for all keys together
  };
  HttpPool() : HttpPool(Settings()) {}
  explicit HttpPool(Settings settings);
  // Closes those that are kept; those given out are left to who has them. Who waits gets
  // Error::abandoned.
  ~HttpPool();
  HttpPool(HttpPool const&) = delete;
  HttpPool& operator=(HttpPool const&) = delete;

  // A connection, until it is given back. One that was kept may turn out to be gone: see
  // HttpClient::anything_received. Its `when_lost` is the pool's.
  struct Lease {
    HttpClient* client = nullptr;  // until its connection_lost
    bool kept = false;
  };
  // Makes a connection; called once at most, when there is room for it.
  using Make = Function<Deferred<HttpClient*>()>;

  // One that was kept under `key`, or a new one. Where there are as many as there may be, it waits
  // for one that is given back or ends, first come, first served among all keys; one that is kept
  // for another key is closed to make room. Fails as `make` does. Cancelling leaves the line, or
  // goes to what `make` returned. Each counts until it ends: give it back or close it.
  Deferred<Lease> take(std::string const& key, Make make);
  // The same, but always a new one: for a request that must not be sent twice.
  Deferred<Lease> take_new(std::string const& key, Make make);
  // After a request, however it ended, at the latest inside its connection_lost: gives it to who
  // waits, keeps it, or closes it if it can carry no other request. May run what waits for it.
  void give_back(std::string const& key, HttpClient& client);

  // Closes those that are kept, and the others as they are given back; fires when all have ended.
  // Who waits gets Error::abandoned, as does who takes from now on.
  Deferred<void> close();

  // Made or being made, not ended yet; and how many takes wait.
  std::size_t open() const;
  std::size_t waiting() const;

 private:
  class State;
  std::shared_ptr<State> state_;  // with the links and connections that come back to it
};

}  // namespace twx

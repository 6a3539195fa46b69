#include "clients/http_pool.h"

#include <algorithm>

#include "reactor/client_creator.h"

namespace twx {

HttpPool::~HttpPool() {
  for (auto const& [key, clients] : idle_)
    for (auto* const client : clients) {
      client->when_lost = {};
      client->transport().lose_connection();
    }
}

Deferred<HttpPool::Lease> HttpPool::take(std::string const& key, Endpoint const& where,
                                         ConnectOptions options) {
  auto const found = idle_.find(key);
  while (found != idle_.end() && !found->second.empty()) {
    auto* const client = found->second.back();
    found->second.pop_back();
    client->when_lost = {};
    client->transport().set_idle_timeout(Duration::zero());
    if (client->reusable()) return succeed(Lease{client, true});
  }
  return make(where, std::move(options));
}

Deferred<HttpPool::Lease> HttpPool::make(Endpoint const& where, ConnectOptions options) {
  return connect_protocol(reactor_, where, std::make_unique<HttpClient>(), std::move(options))
      .add_callback([](HttpClient* client) { return Lease{client, false}; });
}

void HttpPool::give_back(std::string const& key, HttpClient& client) {
  auto& idle = idle_[key];
  if (!client.reusable() || idle.size() >= settings_.most_idle) return client.close().release();
  client.when_lost = [this, &client] { forget(client); };
  client.transport().set_idle_timeout(settings_.idle_time);
  idle.push_back(&client);
}

void HttpPool::forget(HttpClient const& client) {
  for (auto& [key, clients] : idle_) std::erase(clients, &client);
}

}  // namespace twx

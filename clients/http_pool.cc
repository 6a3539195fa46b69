#include "clients/http_pool.h"

#include <algorithm>
#include <cstdint>
#include <list>
#include <map>
#include <utility>
#include <vector>

#include "reactor/log.h"

namespace twx {
namespace {

// For destructors: what cannot be done for want of memory is told.
template <class Work>
void quietly(Work work) noexcept {
  try {
    work();
  } catch (...) {
    log_failure("the end of an HTTP connection", Failure::from_current_exception());
  }
}

}  // namespace

class HttpPool::State : public std::enable_shared_from_this<State> {
 public:
  // What a connection holds. One that is destroyed without its end was told goes with its reactor.
  class Seat {
   public:
    Seat(std::shared_ptr<State> state, std::string key, HttpClient const& client)
        : state_(std::move(state)), key_(std::move(key)), client_(client) {}
    ~Seat() {
      if (state_)
        quietly([this] {
          state_->abandon();
          free();
        });
    }
    Seat(Seat const&) = delete;
    Seat& operator=(Seat const&) = delete;
    void free() { std::exchange(state_, nullptr)->lost(key_, client_); }

   private:
    std::shared_ptr<State> state_;
    std::string const key_;
    HttpClient const& client_;
  };

  explicit State(Settings settings) : settings_(settings) {}

  Deferred<Lease> take(std::string const& key, Make make, bool new_one);
  void give_back(std::string const& key, HttpClient& client);
  void close();
  Deferred<void> closed();
  std::size_t open() const { return open_; }
  std::size_t waiting() const;

 private:
  struct Waiting {
    std::uint64_t number;  // older ones have lower ones
    bool new_one;
    Promise<void> turn;
  };
  struct Host {
    std::vector<HttpClient*> idle;  // the oldest first
    std::size_t open = 0;           // those in `idle` too
    std::list<Waiting> line;
  };

  Deferred<void> join(Host& host, bool new_one);
  Deferred<Lease> lease(std::string const& key, Make& make, bool new_one);
  Result<Lease> made(std::string const& key, Result<HttpClient*> client);
  void serve();
  Host* next();
  Host* in_the_way_of(Host& waits);
  void make_room();
  static bool has_idle(Host& host);
  bool has_room(Host const& host) const;
  void lost(std::string const& key, HttpClient const& client);
  void ended(Host& host);
  void abandon();
  void disperse();
  void close_oldest(Host& host);

  Settings const settings_;
  std::map<std::string, Host> hosts_;
  std::vector<Promise<void>> closing_;
  std::size_t open_ = 0;
  std::size_t leaving_ = 0;  // closed to make room, not ended yet
  std::uint64_t next_number_ = 0;
  bool serving_ = false;
  bool closed_ = false;
};

Deferred<HttpPool::Lease> HttpPool::State::take(std::string const& key, Make make, bool new_one) {
  if (closed_) return fail<Lease>(Error::abandoned);
  auto& host = hosts_[key];
  if (!new_one && !serving_ && host.line.empty() && has_idle(host))
    return this->lease(key, make, new_one);
  auto lease = join(host, new_one)
                   .add_callback([self = shared_from_this(), key, make = std::move(make),
                                  new_one]() mutable { return self->lease(key, make, new_one); });
  serve();
  return lease;
}

// A waiting Deferred does not outlive its place in the line, nor that its host.
Deferred<void> HttpPool::State::join(Host& host, bool new_one) {
  std::list<Waiting> joining;
  auto const place = joining.insert(joining.end(), {next_number_++, new_one, {}});
  auto turn =
      Deferred<void>::with_canceller([&host, place](Promise<void>&) { host.line.erase(place); });
  place->turn = turn.promise();
  host.line.splice(host.line.end(), joining);
  return turn;
}

Deferred<HttpPool::Lease> HttpPool::State::lease(std::string const& key, Make& make, bool new_one) {
  auto& host = hosts_[key];
  if (!new_one && !host.idle.empty()) {
    auto* const client = host.idle.back();
    host.idle.pop_back();
    client->transport().set_idle_timeout(Duration::zero());
    return succeed(Lease{client, true});
  }
  ++host.open;
  ++open_;
  try {
    auto link = [self = shared_from_this(), key](Result<HttpClient*> client) {
      return self->made(key, std::move(client));
    };
    return maybe_deferred([&make] { return make(); }).add_both(std::move(link));
  } catch (...) {
    ended(host);
    throw;
  }
}

Result<HttpPool::Lease> HttpPool::State::made(std::string const& key, Result<HttpClient*> made) {
  if (!made || (*made)->lost()) {
    if (!made && made.failure().code() == Error::abandoned) abandon();
    ended(hosts_.at(key));
    if (!made) return made.failure();
    return Error::connection_lost;
  }
  auto* const client = *made;
  try {
    auto seat = std::make_unique<Seat>(shared_from_this(), key, *client);
    client->when_lost = [seat = std::move(seat)] { seat->free(); };
  } catch (...) {  // for want of memory
    client->transport().abort_connection();
    ended(hosts_.at(key));
    throw;
  }
  return Lease{client, false};
}

void HttpPool::State::give_back(std::string const& key, HttpClient& client) {
  auto const found = hosts_.find(key);
  if (closed_ || !client.reusable() || found == hosts_.end()) return client.close().release();
  auto const self = shared_from_this();
  auto& host = found->second;
  client.transport().set_idle_timeout(settings_.idle_time);
  host.idle.push_back(&client);
  serve();
  while (host.idle.size() > settings_.most_idle) close_oldest(host);
}

// What goes on because of a turn may come back here; the outermost call sees to all.
void HttpPool::State::serve() {
  if (serving_) return;
  auto const self = shared_from_this();
  serving_ = true;
  while (auto* const host = next()) {
    std::list<Waiting> first;
    first.splice(first.begin(), host->line, host->line.begin());
    first.front().turn.callback();
  }
  make_room();
  serving_ = false;
  std::erase_if(hosts_,
                [](auto const& each) { return each.second.open == 0 && each.second.line.empty(); });
}

// The host whose first take has waited longest of those that can be served.
HttpPool::State::Host* HttpPool::State::next() {
  Host* first = nullptr;
  for (auto& [key, host] : hosts_) {
    if (host.line.empty()) continue;
    auto const idle = has_idle(host);
    auto const& waits = host.line.front();
    if (first && first->line.front().number < waits.number) continue;
    if (has_room(host) || (!waits.new_one && idle)) first = &host;
  }
  return first;
}

bool HttpPool::State::has_idle(Host& host) {
  std::erase_if(host.idle, [](HttpClient const* client) { return !client->reusable(); });
  return !host.idle.empty();
}

bool HttpPool::State::has_room(Host const& host) const {
  return (settings_.most == 0 || open_ < settings_.most) &&
         (settings_.most_for_key == 0 || host.open < settings_.most_for_key);
}

// A host with a kept connection that is in the way of the first in the line of another, or of its
// own if that wants a new one.
HttpPool::State::Host* HttpPool::State::in_the_way_of(Host& waits) {
  if (!waits.idle.empty()) return &waits;
  if (settings_.most_for_key > 0 && waits.open >= settings_.most_for_key) return nullptr;
  for (auto& [key, host] : hosts_)
    if (!host.idle.empty()) return &host;
  return nullptr;
}

// Closes one that is kept where nobody can be served otherwise. One at a time.
void HttpPool::State::make_room() {
  for (auto& [key, host] : hosts_) {
    auto* const other = host.line.empty() ? nullptr : in_the_way_of(host);
    if (!other || leaving_ > 0) continue;
    auto& client = *other->idle.front();
    client.when_lost = [self = shared_from_this(), lost = std::move(client.when_lost)]() mutable {
      --self->leaving_;
      lost();
    };
    ++leaving_;
    close_oldest(*other);
  }
}

void HttpPool::State::close_oldest(Host& host) {
  auto* const client = host.idle.front();
  host.idle.erase(host.idle.begin());
  client->transport().lose_connection();
}

void HttpPool::State::lost(std::string const& key, HttpClient const& client) {
  auto& host = hosts_.at(key);
  std::erase(host.idle, &client);
  ended(host);
}

// One connection fewer.
void HttpPool::State::ended(Host& host) {
  --host.open;
  --open_;
  serve();
  if (open_ == 0)
    for (auto& promise : std::exchange(closing_, {})) promise.callback();
}

void HttpPool::State::close() {
  if (std::exchange(closed_, true)) return;
  for (auto& [key, host] : hosts_)
    while (!host.idle.empty()) close_oldest(host);
  disperse();
}

// The reactor goes: no connection is to be asked anything.
void HttpPool::State::abandon() {
  closed_ = true;
  for (auto& [key, host] : hosts_) host.idle.clear();
  disperse();
}

void HttpPool::State::disperse() {
  auto const self = shared_from_this();
  auto const serving = std::exchange(serving_, true);  // so that the map stays as it is
  for (auto& [key, host] : hosts_)
    while (!host.line.empty()) {
      std::list<Waiting> first;
      first.splice(first.begin(), host.line, host.line.begin());
    }
  serving_ = serving;
}

Deferred<void> HttpPool::State::closed() {
  close();
  if (open_ == 0) return succeed();
  Deferred<void> all;
  closing_.push_back(all.promise());
  return all;
}

std::size_t HttpPool::State::waiting() const {
  std::size_t count = 0;
  for (auto const& [key, host] : hosts_) count += host.line.size();
  return count;
}

HttpPool::HttpPool(Settings settings) : state_(std::make_shared<State>(settings)) {}
HttpPool::~HttpPool() {
  quietly([this] { state_->close(); });
}

Deferred<HttpPool::Lease> HttpPool::take(std::string const& key, Make make) {
  return state_->take(key, std::move(make), false);
}
Deferred<HttpPool::Lease> HttpPool::take_new(std::string const& key, Make make) {
  return state_->take(key, std::move(make), true);
}
// What waits may destroy the pool meanwhile.
void HttpPool::give_back(std::string const& key, HttpClient& client) {
  auto const state = state_;
  state->give_back(key, client);
}
Deferred<void> HttpPool::close() { return state_->closed(); }
std::size_t HttpPool::open() const { return state_->open(); }
std::size_t HttpPool::waiting() const { return state_->waiting(); }

}  // namespace twx

// A server of our own for the tests of HTTP clients, on the same reactor. It knows nothing of HTTP:
// the target of a request names the text of its answer.
#pragma once

#include <algorithm>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "tests/reactor/support/harness.h"
#include "tests/support/catch.h"

namespace twx::test {

struct Site {
  explicit Site(Reactor& owner) : reactor(owner) {
    auto factory = make_factory([this] { return std::make_unique<Scripted>(*this); });
    port = reactor.listen_tcp(0, std::move(factory), {}, "127.0.0.1").value()->host().port();
  }
  std::string url(std::string const& target = "/", std::string const& host = "127.0.0.1") const {
    return "http://" + host + ":" + std::to_string(port) + target;
  }
  // Of request number N: the text after a field's name.
  std::string field(std::size_t number, std::string const& name) const {
    auto const& request = requests.at(number);
    auto const at = request.find("\r\n" + name + ": ");
    if (at == request.npos) return "";
    auto const begin = at + name.size() + 4;
    return request.substr(begin, request.find("\r\n", begin) - begin);
  }

  // A request's head and what has come of its body.
  struct Scripted : Protocol {
    explicit Scripted(Site& owner) : site(owner) {}
    void connection_made() override {
      ++site.connections;
      site.most_open = std::max(site.most_open, ++site.open);
    }
    void data_received(Bytes data) override {
      received += text(data);
      auto const end = received.find("\r\n\r\n");
      if (end == received.npos) return;
      auto const request = std::exchange(received, {});
      site.requests.push_back(request);
      auto target = request.substr(request.find(' ') + 1);
      target.resize(target.find(' '));
      if (site.on_request) return site.on_request(transport(), target);
      transport().write(site.answers.at(target));
      if (!site.keep) transport().lose_connection();
    }
    void connection_lost(Failure const&) override {
      --site.open;
      ++site.ended;
    }
    Site& site;
    std::string received;
  };

  Reactor& reactor;
  std::map<std::string, std::string> answers;
  std::function<void(Transport&, std::string const& target)> on_request;
  std::vector<std::string> requests;
  bool keep = false;
  std::uint16_t port = 0;
  int connections = 0;
  int open = 0;
  int most_open = 0;
  int ended = 0;
};

inline std::string answer(std::string const& body, std::string const& fields = "",
                          std::string const& status = "200 OK") {
  return "HTTP/1.1 " + status + "\r\n" + fields + "Content-Length: " + std::to_string(body.size()) +
         "\r\n\r\n" + body;
}
inline std::string redirect(int status, std::string const& to) {
  return answer("", "Location: " + to + "\r\n", std::to_string(status) + " Moved");
}

// What `deferred` comes to.
template <class T>
Result<T> await(Reactor& reactor, Deferred<T> deferred) {
  std::optional<Result<T>> result;
  auto const waiting =
      std::move(deferred).add_both([&result](Result<T> came) { result.emplace(std::move(came)); });
  REQUIRE(run_until(reactor, [&] { return result.has_value(); }));
  return std::move(*result);
}

}  // namespace twx::test

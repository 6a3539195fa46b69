#include "servers/serve.h"

#include <csignal>

#include "reactor/log.h"
#include "reactor/reactor.h"
#include "reactor/reactor_pool.h"

namespace twx {
namespace {

// One run of one server, from listening to the last connection.
class Run {
 public:
  Run(Reactor& reactor, std::string name, std::shared_ptr<ServeOptions> options,
      std::shared_ptr<Factory> factory)
      : reactor_(reactor),
        name_(std::move(name)),
        options_(std::move(options)),
        factory_(std::move(factory)),
        pool_(reactor, options_->threads) {}

  Outcome run() {
    reactor_.on_termination([this](int signal) { asked_to_stop(signal); });
    reactor_.call_when_running([this] { listen(); });
    reactor_.run();
    stopped_ = true;
    drained_.cancel();  // a second signal did not wait for it
    for (auto& each : listening_) each.cancel();
    return outcome_;
  }

 private:
  void listen() {
    ListenOptions listen_options;
    if (options_->threads > 1) listen_options.pool = &pool_;
    auto const family = options_->ipv4_only ? AF_INET : options_->ipv6_only ? AF_INET6 : 0;
    for (auto const& endpoint : options_->endpoints)
      if (endpoint.datagram())
        when_listening(
            reactor_.listen_datagram(endpoint, std::ref(options_->datagrams), {}, family));
      else
        when_listening(reactor_.listen(endpoint, factory_, listen_options, family));
  }

  template <class Ports>
  void when_listening(Deferred<Ports> ports) {
    listening_.push_back(
        std::move(ports).add_callbacks([this](Ports const& open) { announce(open); },
                                       [this](Failure const& failure) { failed(failure); }));
  }

  template <class Ports>
  void announce(Ports const& ports) {
    for (auto const* port : ports) log(Level::notice, name_ + ": listening on " + uri(*port));
  }
  static std::string uri(ListeningPort const& port) { return port.host().uri(); }
  static std::string uri(DatagramTransport const& socket) { return socket.host().datagram_uri(); }

  void failed(Failure const& failure) {
    if (stopped_ || outcome_.status != ExitStatus::done) return;  // one line is enough
    outcome_ = {exit_status(failure), failure.message()};
    stop();
  }

  void asked_to_stop(int number) {
    if (std::exchange(draining_, true)) {
      outcome_.signal = number;
      return stop();
    }
    log(Level::info, name_ + ": stopping");
    // Either way: the second signal ends it without an answer.
    drained_ = pool_.drain(options_->drain).add_both([this](Result<void> const&) { stop(); });
  }

  void stop() {
    if (!std::exchange(stopped_, true)) reactor_.stop();
  }

  Reactor& reactor_;
  std::string name_;
  std::shared_ptr<ServeOptions> options_;
  std::shared_ptr<Factory> factory_;
  ReactorPool pool_;
  bool draining_ = false;
  bool stopped_ = false;
  Deferred<void> drained_ = succeed();
  std::vector<Deferred<void>> listening_;
  Outcome outcome_;
};

}  // namespace

std::shared_ptr<ServeOptions> declare_serve(Options& options, BuildDatagrams datagrams) {
  auto serve = std::make_shared<ServeOptions>();
  auto& values = *serve;
  values.datagrams = std::move(datagrams);
  Option endpoint;
  endpoint.names = endpoint.metavar = "ENDPOINT";
  endpoint.kind = Kind::endpoint;
  endpoint.help =
      "Where to listen: 9000, host:9000, [::1]:9000, tcp://host:9000, unix:///path, fd:3";
  if (values.datagrams) endpoint.help += ", udp://host:9000, unix-dgram:///path";
  endpoint.required = endpoint.repeatable = true;
  endpoint.set = [&values](std::string_view text) {
    auto parsed = Endpoint::parse(text);
    if (!parsed) return parsed.failure().message();
    if (parsed->datagram() && !values.datagrams)
      return "'" + std::string(text) + "' is for datagrams, and this server has no form for them";
    values.endpoints.push_back(std::move(*parsed));
    return std::string();
  };
  options.option(std::move(endpoint));
  options.group("Serving");
  options.option("--max-connections", "N", values.max_connections, 1, 1'000'000'000,
                 "Refuse connections beyond N at a time");
  options.option("--idle-timeout", "TIME", values.idle_timeout,
                 "Close a connection on which nothing has moved for TIME");
  options.option("--drain", "TIME", values.drain,
                 "When asked to stop, let connections finish for up to TIME (default 5s)");
  options.option("--threads", "N", values.threads, 1, 1024,
                 "Serve with N threads (default 1); a connection stays with its thread");
  options.flag("-4", values.ipv4_only, "IPv4 only");
  options.flag("-6", values.ipv6_only, "IPv6 only");
  options.check([&values] {
    return values.ipv4_only && values.ipv6_only ? "-4 and -6 exclude each other" : "";
  });
  return serve;
}

Outcome serve(Reactor& reactor, std::string_view name, std::shared_ptr<ServeOptions> options,
              std::shared_ptr<Factory> factory) {
  return Run(reactor, std::string(name), std::move(options), std::move(factory)).run();
}

void ServedProtocol::connection_made() {
  auto const number = ++options_->served;
  auto const open = ++options_->open;
  if (options_->idle_timeout > Duration::zero())
    transport().set_idle_timeout(options_->idle_timeout);
  if (log_enabled(Level::info))
    log(Level::info,
        "connection " + std::to_string(number) + " from " + transport().peer().to_string());
  refused_ = options_->max_connections > 0 && open > options_->max_connections;
  if (!refused_) return admitted(open);
  transport().write("Too many connections, try later");
  transport().lose_connection();
}

void ServedProtocol::connection_lost(Failure const& reason) {
  --options_->open;
  if (log_enabled(Level::info)) {
    auto const traffic = transport().traffic();
    log(Level::info, "connection from " + transport().peer().to_string() + " ended: sent " +
                         std::to_string(traffic.sent) + ", received " +
                         std::to_string(traffic.received) + " bytes; " + reason.message());
  }
  if (!refused_) left(reason);
}

}  // namespace twx

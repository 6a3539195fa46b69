#include "servers/serve.h"

#include <algorithm>
#include <csignal>
#include <set>

#include "cli/foreign_endpoint.h"
#include "cli/remedy.h"
#include "reactor/log.h"
#include "reactor/reactor.h"
#include "reactor/reactor_pool.h"

namespace twx {
namespace {

std::string where(Address const& address, bool tls) {
  if (!tls) return address.uri();
  return address.is_unix() ? address.uri() + " with TLS" : "tls://" + address.to_string();
}

// Those with certificates that are read again; the key goes with its certificate.
std::vector<std::string> files_of(TlsOptions const& tls) {
  std::vector<std::string> files;
  for (auto const& file : {tls.certificate_file, tls.client_trusted_file})
    if (!file.empty()) files.push_back(file);
  return files;
}

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
    if (auto ready = make_contexts(); !ready)
      return {exit_status(ready.failure()), ready.failure().message()};
    if (!contexts_.empty() || options_->hung_up) reactor_.on_signal(SIGHUP, [this] { hung_up(); });
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
    for (auto const& endpoint : options_->endpoints) {
      listen_options.tls = context_of(endpoint);
      if (endpoint.datagram())
        when_listening(
            endpoint,
            reactor_.listen_datagram(endpoint, std::ref(options_->datagrams), {}, family()), {});
      else
        when_listening(endpoint, reactor_.listen(endpoint, factory_, listen_options, family()),
                       listen_options.tls);
    }
  }

  template <class Ports>
  void when_listening(Endpoint const& endpoint, Deferred<Ports> ports,
                      std::shared_ptr<TlsContext> const& tls) {
    listening_.push_back(std::move(ports).add_callbacks(
        [this, tls](Ports const& open) { announce(open, tls); },
        [this, &endpoint](Failure const& failure) { failed(endpoint, failure); }));
  }

  int family() const {
    return options_->ipv4_only ? AF_INET : options_->ipv6_only ? AF_INET6 : AF_UNSPEC;
  }

  void announce(std::vector<ListeningPort*> const& ports, std::shared_ptr<TlsContext> const& tls) {
    for (auto const* port : ports)
      log(Level::notice, name_ + ": listening on " + where(port->host(), tls != nullptr));
    if (!tls || !tls->options().certificate_file.empty()) return;
    if (announced_.insert(tls).second)
      log(Level::notice, name_ + ": certificate made here, --pin " + tls->pin());
  }

  void announce(std::vector<DatagramTransport*> const& sockets,
                std::shared_ptr<TlsContext> const&) {
    for (auto const* socket : sockets)
      log(Level::notice, name_ + ": listening on " + socket->host().datagram_uri());
  }

  // Endpoints with the same settings share a certificate.
  std::shared_ptr<TlsContext> context_of(Endpoint const& endpoint) const {
    auto const wanted = tls_options_for(endpoint, options_->tls);
    for (auto const& context : contexts_)
      if (wanted && context->options() == *wanted) return context;
    return nullptr;
  }

  Result<void> make_contexts() {
    name_certificate(options_->endpoints, options_->tls);
    for (auto const& endpoint : options_->endpoints) {
      auto const wanted = tls_options_for(endpoint, options_->tls);
      if (!wanted || context_of(endpoint)) continue;
      auto made = TlsContext::server(*wanted);
      if (!made) return made.failure();
      contexts_.push_back(std::move(*made));
    }
    return {};
  }

  void hung_up() {
    if (options_->hung_up) options_->hung_up();
    std::set<std::string> read, wrong;
    for (auto const& context : contexts_) {
      auto const files = files_of(context->options());
      if (auto const done = context->reload(); done)
        read.insert(files.begin(), files.end());
      else if (wrong.insert(done.failure().message()).second)  // one line for all that share a file
        log_failure(name_ + ": everything stays as it was", done.failure());
    }
    std::string all;
    for (auto const& file : read) all.append(all.empty() ? "" : ", ").append(file);
    if (!all.empty()) log(Level::notice, name_ + ": certificates read again: " + all);
  }

  void failed(Endpoint const& endpoint, Failure const& failure) {
    if (stopped_ || outcome_.status != ExitStatus::done) return;  // one line is enough
    outcome_ = {exit_status(failure), failure.message() + remedy(failure, endpoint, family())};
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
  std::vector<std::shared_ptr<TlsContext>> contexts_;
  std::set<std::shared_ptr<TlsContext>> announced_;  // those whose pin was shown
  ReactorPool pool_;
  bool draining_ = false;
  bool stopped_ = false;
  Deferred<void> drained_ = succeed();
  std::vector<Deferred<void>> listening_;
  Outcome outcome_;
};

}  // namespace

std::shared_ptr<ServeOptions> declare_serve(Options& options, ServeForm form) {
  auto serve = std::make_shared<ServeOptions>();
  auto& values = *serve;
  values.datagrams = std::move(form.datagrams);
  Option endpoint;
  endpoint.names = endpoint.metavar = "ENDPOINT";
  endpoint.kind = Kind::endpoint;
  endpoint.help =
      "Where to listen: 9000, host:9000, [::1]:9000, tcp://host:9000, tls://host:9000, "
      "unix:///path, fd:3";
  if (values.datagrams) endpoint.help += ", udp://host:9000, unix-dgram:///path";
  endpoint.required = true;
  endpoint.repeatable = form.several_endpoints;
  endpoint.set = [&values](std::string_view text) {
    if (auto wrong = foreign_endpoint(text, true); !wrong.empty()) return wrong;
    auto parsed = Endpoint::parse(text);
    if (!parsed) return parsed.failure().message();
    if (parsed->datagram() && !values.datagrams)
      return "'" + std::string(text) +
             "' is for datagrams, and this server has no form for them; use tcp:// or unix://";
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
  if (form.threads)
    options.option("--threads", "N", values.threads, 1, 1024,
                   "Serve with N threads (default 1); a connection stays with its thread");
  options.flag("-4", values.ipv4_only, "IPv4 only");
  options.flag("-6", values.ipv6_only, "IPv6 only");
  options.check([&values] {
    return values.tls.wanted && std::ranges::any_of(values.endpoints, &Endpoint::datagram)
               ? "--tls is for connections, not for datagrams"
               : "";
  });
  options.check([&values] {
    for (auto const& [name, given] : {std::pair("--max-connections", values.max_connections > 0),
                                      {"--idle-timeout", values.idle_timeout > Duration::zero()},
                                      {"--threads", values.threads > 1}})
      if (auto wrong = check_connections(values, name, given); !wrong.empty()) return wrong;
    return std::string();
  });
  options.check([&values] {
    return values.ipv4_only && values.ipv6_only ? "-4 and -6 exclude each other" : "";
  });
  declare_server_tls(options, values.tls);
  options.check([&values] { return check_server_tls(values.endpoints, values.tls); });
  return serve;
}

std::string check_connections(ServeOptions const& values, std::string_view option, bool given) {
  if (!given || !std::ranges::all_of(values.endpoints, &Endpoint::datagram)) return "";
  return std::string(option) + " has no meaning for datagrams";
}

Outcome serve(Reactor& reactor, std::string_view name, std::shared_ptr<ServeOptions> options,
              std::shared_ptr<Factory> factory) {
  return Run(reactor, std::string(name), std::move(options), std::move(factory)).run();
}

std::uint64_t Admission::enter(Transport& transport) {
  number_ = ++options_->served;
  auto const open = ++options_->open;
  if (options_->idle_timeout > Duration::zero()) transport.set_idle_timeout(options_->idle_timeout);
  if (log_enabled(Level::info))
    log(Level::info,
        "connection " + std::to_string(number_) + " from " + transport.peer().to_string());
  if (auto const tls = transport.tls(); tls && log_enabled(Level::debug))
    log(Level::debug, to_string(*tls));
  refused_ = options_->max_connections > 0 && open > options_->max_connections;
  if (!refused_) return open;
  transport.write("Too many connections, try later");
  transport.lose_connection();
  return 0;
}

bool Admission::leave(Transport const& transport, Failure const& reason) {
  --options_->open;
  if (log_enabled(Level::info)) {
    auto const traffic = transport.traffic();
    log(Level::info, "connection from " + transport.peer().to_string() + " ended: sent " +
                         std::to_string(traffic.sent) + ", received " +
                         std::to_string(traffic.received) + " bytes; " + reason.message());
  }
  return !refused_;
}

}  // namespace twx

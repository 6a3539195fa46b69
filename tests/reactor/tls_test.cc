// TlsContext: what configures it, whom it trusts, and what is agreed upon. Who is on the other side
// is OpenSSL without our code.
#include "reactor/tls.h"

#include <fcntl.h>
#include <openssl/x509v3.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <fstream>
#include <sstream>
#include <thread>

#include "reactor/tls_context.h"
#include "tests/reactor/support/certificate.h"
#include "tests/reactor/support/client.h"
#include "tests/reactor/support/harness.h"
#include "tests/reactor/support/peer.h"
#include "tests/support/catch.h"

namespace {

using namespace twx;
using namespace twx::test;
using Catch::Matchers::ContainsSubstring;

// An authority, the certificate of a server and one of a client, in files too.
struct Pki {
  TestCertificate authority{{.subject = "authority", .names = "", .authority = true}};
  TestCertificate server = make({.subject = "server"});
  TestCertificate client = make({.subject = "client", .names = ""});
  ScratchDirectory directory;
  std::string authority_file = file("authority.pem", authority.pem());
  std::string server_file = file("server.pem", server.pem() + server.key_pem());
  std::string client_file = file("client.pem", client.pem() + client.key_pem());

  TestCertificate make(CertificateWish wish) const {
    wish.issuer = &authority;
    return TestCertificate(wish);
  }
  std::string file(std::string_view name, std::string const& text) const {
    return file_of(directory, name, text);
  }
};

Pki const& pki() {
  static Pki const made;
  return made;
}

// A client of ours and a server that is none of ours.
struct ClientScene {
  std::unique_ptr<Reactor> reactor = make_reactor();
  RawListener listener;
  std::shared_ptr<Client> client = std::make_shared<Client>();
  Peer peer;
  bool agreed = false;  // the peer, on TLS

  ClientScene() {
    reactor->set_resolver(
        [](std::string const&, int) { return succeed(std::vector{*Address::ip("127.0.0.1", 0)}); });
  }
  void meet(PeerContext const& server, std::shared_ptr<TlsContext> ours,
            std::string const& host = "localhost") {
    *client = Client();
    auto const connector =
        reactor->connect_tcp(host, listener.port(), client, {.tls = std::move(ours)});
    agreed = run_beside(*reactor, [&] {
      peer = listener.accept();
      return peer.secure(server);
    });
    run_until(*reactor,
              [&] { return client->reason || (client->connection && client->connection->made); });
  }
  // Ends it in order, when the server's tickets have come.
  void part() {
    peer.send("hello");
    run_until(*reactor, [&] { return client->connection->received == "hello"; });
    client->connection->calling([](Transport& transport) { transport.lose_connection(); });
    run_turns(*reactor);
    peer.close();
    run_until(*reactor, [&] { return client->ended(); });
  }
  std::optional<TlsInfo> info() const {
    auto const& connection = client->connection;
    return connection && connection->transport ? connection->transport->tls() : std::nullopt;
  }
};

// A server of ours and a client that is none of ours.
struct ServerScene {
  std::unique_ptr<Reactor> reactor = make_reactor();
  std::shared_ptr<Connection> connection = make_connection();
  LogLines log;
  Peer peer;
  bool agreed = false;

  void meet(PeerContext const& client, std::shared_ptr<TlsContext> ours,
            std::string const& name = {}) {
    connection = make_connection();
    auto ends = tcp_ends();
    peer = std::move(ends.peer);
    auto const factory = factory_for(connection);
    reactor->adopt(ends.ours, {}, *factory, std::move(ours));
    agreed = run_beside(*reactor, [&] { return peer.secure(client, name); });
    run_until(*reactor, [&] { return connection->made || reactor->connections() == 0; });
  }
  // Ends it in order, so that the same scene can meet another one.
  void part() {
    connection->calling([](Transport& transport) { transport.lose_connection(); });
    run_until(*reactor, [&] { return connection->destroyed; });
  }
};

std::shared_ptr<TlsContext> client_of(TlsOptions const& options) {
  return TlsContext::client(options).value();
}
std::shared_ptr<TlsContext> trusting_client() {
  return client_of({.trusted_file = pki().authority_file});
}
std::shared_ptr<TlsContext> server_of(TlsOptions const& options) {
  return TlsContext::server(options).value();
}

// --- what configures it ---

struct Misfit {
  char const* what;
  TlsOptions options;
  bool server;
  std::string message;  // with FILE for the file that is meant
};

std::string message_of(Misfit const& misfit) {
  auto const made =
      misfit.server ? TlsContext::server(misfit.options) : TlsContext::client(misfit.options);
  if (made) return "it was taken";
  CHECK(made.failure().is(Error::tls_configuration));
  return made.failure().message();
}

TEST_CASE("A context that cannot be made says which file or setting is wrong", "[tls]") {
  auto const& files = pki();
  auto const nothing = files.directory.path("missing.pem");
  auto const text = files.file("text.pem", "hello");
  auto const only_certificate = files.file("certificate.pem", files.server.pem());
  auto const other_key = files.file("key.pem", files.client.key_pem());
  auto const rsa = files.make({.weak_bits = 2048});
  auto const rsa_certificate = files.file("rsa.pem", rsa.pem());
  auto const rsa_key = files.file("rsa_key.pem", rsa.key_pem());
  auto const locked = files.file("locked.pem",
                                 "-----BEGIN ENCRYPTED PRIVATE KEY-----\nMIHsMFcGCSqGSIb3DQEFDTBK\n"
                                 "-----END ENCRYPTED PRIVATE KEY-----\n");
  auto const here = files.directory.path("");
  Misfit const misfits[] = {
      {"no file", {.trusted_file = nothing}, false, nothing + ": No such file or directory"},
      {"a directory", {.trusted_file = here}, false, here + ": is a directory"},
      {"no certificate in it",
       {.trusted_file = text},
       false,
       text + ": holds no certificate in PEM form"},
      {"no certificate of its own",
       {.certificate_file = text},
       true,
       text + ": holds no certificate in PEM form that can be used"},
      {"no key",
       {.certificate_file = only_certificate},
       true,
       only_certificate +
           ": holds no private key in PEM form without a password; name the file that does as "
           "well"},
      {"a key with a password",
       {.certificate_file = only_certificate, .key_file = locked},
       true,
       locked + ": holds no private key in PEM form without a password"},
      {"another key",
       {.certificate_file = only_certificate, .key_file = other_key},
       true,
       other_key + ": is not the key of the certificate in " + only_certificate},
      {"a key of another type",
       {.certificate_file = only_certificate, .key_file = rsa_key},
       true,
       rsa_key + ": is not the key of the certificate in " + only_certificate},
      {"a certificate of another type",
       {.certificate_file = rsa_certificate, .key_file = other_key},
       false,
       other_key + ": is not the key of the certificate in " + rsa_certificate},
      {"a key alone", {.key_file = other_key}, false, other_key + ": a key without a certificate"},
      {"clients by no file",
       {.client_trusted_file = nothing},
       true,
       nothing + ": No such file or directory"},
      {"a short pin",
       {.pins = {"ab:cd"}},
       false,
       "pin: 'ab:cd' is no SHA-256 in hex; it has 64 digits"},
      {"a long protocol",
       {.alpn = {std::string(256, 'x')}},
       true,
       "ALPN: '" + std::string(256, 'x') + "' is no protocol name; it has 1 to 255 bytes"},
      {"an empty protocol",
       {.alpn = {"h2", ""}},
       false,
       "ALPN: '' is no protocol name; it has 1 to 255 bytes"},
      {"no place for a log",
       {.key_log_file = nothing + "/log"},
       false,
       nothing + "/log: No such file or directory"},
  };
  for (auto const& misfit : misfits) {
    INFO(misfit.what);
    CHECK(message_of(misfit) == misfit.message);
  }
}

TEST_CASE("A key that others may read is used, with a warning", "[tls]") {
  auto const file = pki().file("open.pem", pki().server.pem() + pki().server.key_pem());
  LogLines const log;
  CHECK(TlsContext::server({.certificate_file = file}));
  CHECK(log.text().empty());
  chmod(file.c_str(), 0640);
  CHECK(TlsContext::server({.certificate_file = file}));
  CHECK(log.text() == file + ": others than its owner may read this private key\n");
}

// --- the certificate that a server makes ---

TEST_CASE("A server without a certificate makes one for the names given, valid for a year",
          "[tls]") {
  ServerScene scene;
  auto const context = server_of({.names = {"twx.example", "192.0.2.7", "2001:db8::7"}});
  scene.meet(PeerContext::client(), context);
  REQUIRE(scene.agreed);
  auto* const shown = SSL_get0_peer_certificate(scene.peer.tls()->get());
  REQUIRE(shown);
  CHECK(X509_check_host(shown, "twx.example", 0, 0, nullptr) == 1);
  CHECK(X509_check_host(shown, "localhost", 0, 0, nullptr) == 0);
  CHECK(X509_check_ip_asc(shown, "192.0.2.7", 0) == 1);
  CHECK(X509_check_ip_asc(shown, "2001:db8::7", 0) == 1);
  CHECK(X509_check_ip_asc(shown, "127.0.0.1", 0) == 0);
  int days = 0;
  int seconds = 0;
  REQUIRE(ASN1_TIME_diff(&days, &seconds, nullptr, X509_get0_notAfter(shown)) == 1);
  CHECK(days >= 364);
  CHECK(days <= 365);
  CHECK(ASN1_TIME_cmp_time_t(X509_get0_notBefore(shown), time(nullptr) - 3600) < 0);
  CHECK(EVP_PKEY_get_bits(X509_get0_pubkey(shown)) == 256);
  CHECK(X509_check_purpose(shown, X509_PURPOSE_SSL_SERVER, 0) == 1);
  CHECK(X509_check_ca(shown) == 0);
  CHECK(X509_self_signed(shown, 1) == 1);
  CHECK(context->pin() == fingerprint(shown));
}

TEST_CASE("Without names the certificate made is for this host", "[tls]") {
  ServerScene scene;
  scene.meet(PeerContext::client(), server_of({}));
  auto* const shown = SSL_get0_peer_certificate(scene.peer.tls()->get());
  REQUIRE(shown);
  char host[256] = "";
  gethostname(host, sizeof host - 1);
  CHECK(X509_check_host(shown, "localhost", 0, 0, nullptr) == 1);
  CHECK(X509_check_host(shown, host, 0, 0, nullptr) == 1);
  CHECK(X509_check_ip_asc(shown, "127.0.0.1", 0) == 1);
  CHECK(X509_check_ip_asc(shown, "::1", 0) == 1);
}

TEST_CASE("Two contexts make two certificates, and reloading one keeps it", "[tls]") {
  auto const one = server_of({});
  auto const pin = one->pin();
  CHECK(pin.size() == 64);
  CHECK(pin != server_of({})->pin());
  CHECK(one->reload());
  CHECK(one->pin() == pin);
  CHECK(client_of({.insecure = true})->pin().empty());
}

// --- whom a client trusts ---

struct Candidate {
  char const* what;
  CertificateWish wish;
  std::string host;
  std::string message;  // of the failure, empty: it is trusted
};

TEST_CASE("A client takes the servers that it should and no others", "[tls]") {
  TestCertificate const stranger({.subject = "stranger", .names = "", .authority = true});
  auto const* const ours = &pki().authority;
  std::string const not_trusted = "certificate not trusted: ";
  auto const for_names = [&](std::string const& names, std::string const& not_for) {
    return not_trusted + "it is for " + names + ", not for " + not_for;
  };
  Candidate const candidates[] = {
      {"the name", {.issuer = ours}, "localhost", ""},
      {"its address", {.issuer = ours}, "127.0.0.1", ""},
      {"in other letters", {.issuer = ours}, "LOCALHOST", ""},
      {"with a dot at the end", {.issuer = ours}, "localhost.", ""},
      {"a wildcard", {.names = "DNS:*.twx.example", .issuer = ours}, "a.twx.example", ""},
      {"any usage", {.usage = "", .issuer = ours}, "localhost", ""},
      {"two labels for a wildcard",
       {.names = "DNS:*.twx.example", .issuer = ours},
       "a.b.twx.example",
       for_names("*.twx.example", "a.b.twx.example")},
      {"none for a wildcard",
       {.names = "DNS:*.twx.example", .issuer = ours},
       "twx.example",
       for_names("*.twx.example", "twx.example")},
      {"a part of a label",
       {.names = "DNS:a*.twx.example", .issuer = ours},
       "ab.twx.example",
       for_names("a*.twx.example", "ab.twx.example")},
      {"another name",
       {.names = "DNS:twx.example,email:root@localhost,IP:192.0.2.1,IP:2001:db8::1",
        .issuer = ours},
       "localhost",
       for_names("twx.example, 192.0.2.1, 2001:db8::1", "localhost")},
      {"many names",
       {.names = "DNS:a.test,DNS:b.test,DNS:c.test,DNS:d.test,DNS:e.test,DNS:f.test,DNS:g.test",
        .issuer = ours},
       "localhost",
       for_names("a.test, b.test, c.test, d.test, e.test, and others", "localhost")},
      {"a name that writes to terminals",
       {.names = "DNS:\x1b[31mred\x07.test", .issuer = ours},
       "localhost",
       for_names("\\x1b[31mred\\x07.test", "localhost")},
      {"a name at its end",
       {.names = "DNS:twx.example", .issuer = ours},
       "eviltwx.example",
       for_names("twx.example", "eviltwx.example")},
      {"another address",
       {.names = "IP:192.0.2.1", .issuer = ours},
       "127.0.0.1",
       for_names("192.0.2.1", "127.0.0.1")},
      {"an address as a name",
       {.names = "DNS:127.0.0.1", .issuer = ours},
       "127.0.0.1",
       for_names("127.0.0.1", "127.0.0.1")},
      {"the common name only",
       {.subject = "localhost", .names = "", .issuer = ours},
       "localhost",
       for_names("no name", "localhost")},
      {"expired",
       {.issuer = ours, .from = -48h, .to = -1h},
       "localhost",
       not_trusted + "certificate has expired"},
      {"not yet valid",
       {.issuer = ours, .from = 1h},
       "localhost",
       not_trusted + "certificate is not yet valid"},
      {"for clients",
       {.usage = "clientAuth", .issuer = ours},
       "localhost",
       not_trusted + "unsuitable certificate purpose"},
      {"signed by itself", {}, "localhost", not_trusted + "self-signed certificate"},
      {"signed by a stranger",
       {.issuer = &stranger},
       "localhost",
       not_trusted + "unable to get local issuer certificate"},
      {"signed by one that may not",
       {.issuer = &pki().server},
       "localhost",
       not_trusted + "unable to get local issuer certificate"},
      {"a weak key",
       {.issuer = ours, .weak_bits = 1024},
       "localhost",
       not_trusted + "EE certificate key too weak"},
  };
  for (auto const& candidate : candidates) {
    INFO(candidate.what);
    TestCertificate const certificate(candidate.wish);
    ClientScene scene;
    scene.meet(PeerContext::server(certificate), trusting_client(), candidate.host);
    if (candidate.message.empty()) {
      CHECK(scene.agreed);
      CHECK(scene.client->story == "start started build");
      continue;
    }
    CHECK(scene.client->story == "start started failed stop");  // nothing was built
    CHECK(scene.client->message() == candidate.message + "; its SHA-256 is " + certificate.pin());
    CHECK((scene.client->reason && scene.client->reason->is(Error::certificate_not_trusted)));
    CHECK(scene.reactor->connections() == 0);
  }
}

TEST_CASE("The server learns why it was refused", "[tls]") {
  ClientScene scene;
  scene.meet(PeerContext::server(TestCertificate()), trusting_client());
  CHECK_FALSE(scene.agreed);
  CHECK_THAT(scene.peer.tls()->error(), ContainsSubstring("alert unknown ca"));
}

TEST_CASE("A chain through an authority in between is trusted if the server sends it", "[tls]") {
  auto const between = pki().make({.subject = "between", .names = "", .authority = true});
  TestCertificate const leaf({.issuer = &between});
  auto const whole = GENERATE(true, false);
  auto const file =
      pki().file("leaf.pem", leaf.pem() + (whole ? between.pem() : "") + leaf.key_pem());
  // Both sides ours, so that the file of a server with a chain in it is read as well.
  auto const reactor = make_reactor();
  auto const served = make_connection();
  auto const client = std::make_shared<Client>();
  auto* const port = reactor
                         ->listen_tcp(0, factory_for(served),
                                      {.tls = server_of({.certificate_file = file})}, "127.0.0.1")
                         .value();
  auto const connector =
      reactor->connect_tcp("127.0.0.1", port->host().port(), client, {.tls = trusting_client()});
  REQUIRE(run_until(*reactor, [&] { return client->connection || client->reason; }));
  CHECK((client->connection != nullptr) == whole);
  if (!whole) CHECK(client->reason->is(Error::certificate_not_trusted));
}

TEST_CASE("Whoever is in the file given is trusted, without the root as well", "[tls]") {
  auto const middle = pki().make({.subject = "middle", .names = "", .authority = true});
  TestCertificate const leaf({.subject = "leaf", .issuer = &middle});
  TestCertificate const other(
      {.subject = "other", .names = "DNS:other.example", .issuer = &middle});
  auto const middle_alone = pki().file("middle_alone.pem", middle.pem());
  ClientScene scene;
  SECTION("an authority in between") {
    scene.meet(PeerContext::server(leaf), client_of({.trusted_file = middle_alone}));
    CHECK(scene.info());
  }
  SECTION("the server itself") {
    auto const alone = pki().file("leaf_alone.pem", leaf.pem());
    scene.meet(PeerContext::server(leaf), client_of({.trusted_file = alone}));
    CHECK(scene.info());
  }
  SECTION("if the name is right") {
    auto const alone = pki().file("other_alone.pem", other.pem());
    for (auto const& trusted : {alone, middle_alone}) {
      scene.meet(PeerContext::server(other), client_of({.trusted_file = trusted}));
      REQUIRE(scene.client->reason);
      CHECK(scene.client->reason->is(Error::certificate_not_trusted));
      CHECK_THAT(scene.client->message(), ContainsSubstring("not for localhost"));
    }
  }
  SECTION("and nobody else that its authority signed") {
    auto const alone = pki().file("other_alone.pem", other.pem());
    scene.meet(PeerContext::server(leaf), client_of({.trusted_file = alone}));
    REQUIRE(scene.client->reason);
    CHECK(scene.client->reason->is(Error::certificate_not_trusted));
  }
}

TEST_CASE("insecure takes whatever the server shows", "[tls]") {
  ClientScene scene;
  TestCertificate const worst({.names = "DNS:elsewhere.example", .from = -48h, .to = -1h});
  scene.meet(PeerContext::server(worst), client_of({.insecure = true}));
  CHECK(scene.agreed);
  REQUIRE(scene.info());
  CHECK(scene.info()->pin == worst.pin());
}

TEST_CASE("A client without a name to verify connects to nobody", "[tls]") {
  ScratchDirectory scratch;
  auto const reactor = make_reactor();
  auto const client = std::make_shared<Client>();
  auto const path = scratch.path("socket");
  auto const served = make_connection();
  REQUIRE(reactor->listen_unix(path, factory_for(served),
                               {.tls = server_of({.certificate_file = pki().server_file})}));
  SECTION("none") {
    auto const connector = reactor->connect_unix(path, client, {.tls = trusting_client()});
    REQUIRE(run_until(*reactor, [&] { return client->ended(); }));
    CHECK(client->message() == "no name to verify the certificate for");
    CHECK(client->reason->is(Error::certificate_not_trusted));
  }
  SECTION("the one of its options") {
    auto const connector = reactor->connect_unix(
        path, client,
        {.tls = client_of({.trusted_file = pki().authority_file, .server_name = "localhost"})});
    REQUIRE(run_until(*reactor, [&] { return client->connection && served->made; }));
    CHECK(served->transport->tls()->server_name == "localhost");
  }
}

TEST_CASE("What can be no server's name is not verified for, nor sent", "[tls]") {
  auto const name =
      GENERATE(as<std::string>(), ".test", ".", "a..test", "a.test..", "b\xc3\xbc.test", "a b.test",
               "a\nb.test", std::string(250, 'a') + ".test");
  auto const wild = pki().make({.names = "DNS:a.test"});
  ClientScene scene;
  auto const insecure = name == "." ? false : GENERATE(false, true);
  scene.meet(
      PeerContext::server(wild),
      client_of({.trusted_file = pki().authority_file, .server_name = name, .insecure = insecure}));
  CHECK_FALSE(scene.agreed);
  CHECK(scene.client->story == "start started failed stop");
  if (name == ".") return;
  CHECK(scene.client->reason->is(Error::tls_handshake));
  CHECK_THAT(scene.client->message(), ContainsSubstring("' cannot be the name of a server"));
  CHECK(scene.client->message().find('\n') == std::string::npos);
}

TEST_CASE("A pin stands in for the chain and the name", "[tls]") {
  TestCertificate const alone({.names = "DNS:elsewhere.example"});
  TestCertificate const other;
  ClientScene scene;
  SECTION("the right one") {
    scene.meet(PeerContext::server(alone), client_of({.pins = {alone.pin()}}));
    CHECK(scene.client->story == "start started build");
  }
  SECTION("one of them, in capitals and with colons") {
    std::string shouted;
    for (auto const c : alone.pin())
      shouted +=
          (shouted.size() % 3 == 2 ? ":" : "") + std::string(1, static_cast<char>(toupper(c)));
    INFO(shouted);
    scene.meet(PeerContext::server(alone), client_of({.pins = {other.pin(), shouted}}));
    CHECK(scene.client->story == "start started build");
  }
  SECTION("another one, though the chain and the name are right") {
    scene.meet(PeerContext::server(pki().server),
               client_of({.trusted_file = pki().authority_file, .pins = {other.pin()}}));
    CHECK(scene.client->story == "start started failed stop");
    REQUIRE(scene.client->reason);
    CHECK(scene.client->reason->is(Error::pin_mismatch));
    CHECK(scene.client->message() ==
          "the peer's certificate has SHA-256 " + pki().server.pin() + ", which is no pin given");
  }
}

// --- whom a server trusts ---

TEST_CASE("A server that asks for certificates takes the clients of its authority only", "[tls]") {
  ServerScene scene;
  auto const context = server_of(
      {.certificate_file = pki().server_file, .client_trusted_file = pki().authority_file});
  auto client = PeerContext::client();
  SECTION("its own") {
    client.use(pki().client);
    scene.meet(client, context);
    REQUIRE(scene.connection->made);
    CHECK(scene.connection->transport->tls()->pin == pki().client.pin());
  }
  SECTION("none") {
    scene.meet(client, context);
    CHECK_FALSE(scene.connection->made);
    CHECK(scene.log.count("the peer has no certificate") == 1);
  }
  SECTION("another's") {
    client.use(TestCertificate({.subject = "stranger"}));
    scene.meet(client, context);
    CHECK_FALSE(scene.connection->made);
    CHECK(scene.log.count("certificate not trusted: self-signed certificate") == 1);
  }
  SECTION("one for servers") {
    client.use(pki().make({.usage = "serverAuth"}));
    scene.meet(client, context);
    CHECK_FALSE(scene.connection->made);
    CHECK(scene.log.count("certificate not trusted: unsuitable certificate purpose") == 1);
  }
}

TEST_CASE("A server with pins takes the clients that have those certificates", "[tls]") {
  TestCertificate const friendly({.subject = "friend"});
  auto const context = server_of({.certificate_file = pki().server_file, .pins = {friendly.pin()}});
  ServerScene scene;
  auto client = PeerContext::client();
  SECTION("one of them") {
    client.use(friendly);
    scene.meet(client, context);
    CHECK(scene.connection->made);
  }
  SECTION("another") {
    client.use(pki().client);
    scene.meet(client, context);
    CHECK_FALSE(scene.connection->made);
    CHECK(scene.log.count(pki().client.pin()) == 1);
  }
  SECTION("none") {
    scene.meet(client, context);
    CHECK_FALSE(scene.connection->made);
    CHECK(scene.log.count("the peer has no certificate") == 1);
  }
}

TEST_CASE("A client shows the certificate it was given", "[tls]") {
  auto server = PeerContext::server(pki().server);
  server.trust(pki().authority);
  ClientScene scene;
  SECTION("given") {
    scene.meet(server, client_of({.trusted_file = pki().authority_file,
                                  .certificate_file = pki().client_file}));
    CHECK(scene.agreed);
    auto* const shown = SSL_get0_peer_certificate(scene.peer.tls()->get());
    CHECK(fingerprint(shown) == pki().client.pin());
  }
  SECTION("none") {
    scene.meet(server, trusting_client());
    CHECK_FALSE(scene.agreed);
    // In TLS 1.3 the client is connected before the server has looked at it.
    REQUIRE(run_until(*scene.reactor, [&] { return scene.client->ended(); }));
    CHECK(scene.client->message() == "the peer refused: certificate required");
    CHECK(scene.client->reason->is(Error::tls_handshake));
  }
}

// --- what is agreed upon ---

TEST_CASE("Both sides can be asked what was agreed upon", "[tls]") {
  ServerScene scene;
  auto client = PeerContext::client();
  auto const version = GENERATE(TLS1_3_VERSION, TLS1_2_VERSION);
  client.at_most(version).alpn("\x02h2\x08http/1.1");
  scene.meet(client, server_of({.certificate_file = pki().server_file, .alpn = {"http/1.1"}}),
             "localhost");
  REQUIRE(scene.connection->made);
  auto const info = scene.connection->transport->tls();
  REQUIRE(info);
  CHECK(info->version == (version == TLS1_3_VERSION ? "TLSv1.3" : "TLSv1.2"));
  CHECK(info->cipher == SSL_get_cipher_name(scene.peer.tls()->get()));
  CHECK(info->alpn == "http/1.1");
  CHECK(info->server_name == "localhost");
  CHECK(info->pin.empty());
  CHECK_FALSE(info->resumed);
}

TEST_CASE("The first protocol of the server that the client speaks is chosen", "[tls][alpn]") {
  ServerScene scene;
  auto client = PeerContext::client();
  SECTION("by the server's preference") {
    client.alpn("\x03one\x03two");
    scene.meet(client, server_of({.alpn = {"three", "two", "one"}}));
    CHECK(scene.connection->transport->tls()->alpn == "two");
  }
  SECTION("none is asked for") {
    scene.meet(client, server_of({.alpn = {"one"}}));
    CHECK(scene.connection->transport->tls()->alpn.empty());
  }
  SECTION("none is offered") {
    client.alpn("\x03one");
    scene.meet(client, server_of({}));
    CHECK(scene.connection->transport->tls()->alpn.empty());
  }
  SECTION("none in common") {
    client.alpn("\x03one");
    scene.meet(client, server_of({.alpn = {"two"}}));
    CHECK_FALSE(scene.connection->made);
    CHECK_THAT(scene.peer.tls()->error(), ContainsSubstring("no application protocol"));
  }
}

TEST_CASE("A client sends the protocols it speaks, and its name unless that is an address",
          "[tls][alpn]") {
  auto server = PeerContext::server(pki().server);
  SSL_CTX_set_alpn_select_cb(
      server.get(),
      [](SSL*, unsigned char const** out, unsigned char* size, unsigned char const* in, unsigned,
         void*) {
        *out = in + 1 + in[0] + 1;  // the second one
        *size = in[1 + in[0]];
        return SSL_TLSEXT_ERR_OK;
      },
      nullptr);
  auto const context =
      client_of({.trusted_file = pki().authority_file, .alpn = {"h2", "http/1.1"}});
  ClientScene scene;
  auto const host = GENERATE("localhost", "127.0.0.1");
  scene.meet(server, context, host);
  REQUIRE(scene.info());
  CHECK(scene.info()->alpn == "http/1.1");
  CHECK(scene.info()->pin == pki().server.pin());
  auto const* const name = SSL_get_servername(scene.peer.tls()->get(), TLSEXT_NAMETYPE_host_name);
  CHECK(std::string(name ? name : "") == (std::string(host) == "localhost" ? host : ""));
}

TEST_CASE("A client refuses a protocol that it did not offer", "[tls][alpn]") {
  auto server = PeerContext::server(pki().server);
  SSL_CTX_set_alpn_select_cb(
      server.get(),
      [](SSL*, unsigned char const** out, unsigned char* size, unsigned char const*, unsigned,
         void*) {
        *out = reinterpret_cast<unsigned char const*>("spdy");
        *size = 4;
        return SSL_TLSEXT_ERR_OK;
      },
      nullptr);
  ClientScene scene;
  scene.meet(server, client_of({.trusted_file = pki().authority_file, .alpn = {"h2"}}));
  CHECK(scene.client->story == "start started failed stop");
  CHECK((scene.client->reason && scene.client->reason->is(Error::tls_handshake)));
  CHECK(scene.client->message() == "bad extension");
}

TEST_CASE("The name of the options goes before that of the host", "[tls]") {
  ClientScene scene;
  TestCertificate const elsewhere = pki().make({.names = "DNS:elsewhere.example"});
  scene.meet(PeerContext::server(elsewhere),
             client_of({.trusted_file = pki().authority_file, .server_name = "elsewhere.example"}));
  CHECK(scene.agreed);
  CHECK(scene.client->story == "start started build");
}

TEST_CASE("Nothing below TLS 1.2 is agreed upon", "[tls]") {
  // A peer that would do with 1.1.
  auto const weaken = [](PeerContext& context) {
    SSL_CTX_set_security_level(context.get(), 0);
    SSL_CTX_set_min_proto_version(context.get(), TLS1_VERSION);
    context.at_most(TLS1_1_VERSION);
  };
  SECTION("with a client") {
    ServerScene scene;
    auto client = PeerContext::client();
    weaken(client);
    scene.meet(client, server_of({}));
    CHECK_FALSE(scene.agreed);
    CHECK_FALSE(scene.connection->made);
    CHECK_THAT(scene.peer.tls()->error(), ContainsSubstring("protocol version"));
  }
  SECTION("with a server") {
    ClientScene scene;
    auto server = PeerContext::server(pki().server);
    weaken(server);
    scene.meet(server, trusting_client());
    CHECK_FALSE(scene.agreed);
    CHECK(scene.client->message() == "the peer refused: protocol version");
    CHECK(scene.client->reason->is(Error::tls_handshake));
  }
}

// --- sessions that are continued ---

TEST_CASE("A client's second connection to a server continues the session of the first one",
          "[tls][resumption]") {
  auto server = PeerContext::server(pki().server);
  auto const version = GENERATE(TLS1_3_VERSION, TLS1_2_VERSION);
  server.at_most(version);
  auto const context = trusting_client();
  ClientScene scene;
  auto const meet_again = [&](std::string const& host) {
    scene.meet(server, context, host);
    REQUIRE(scene.info());
    auto const resumed = scene.info()->resumed;
    CHECK(scene.info()->pin == pki().server.pin());
    CHECK(resumed == (SSL_session_reused(scene.peer.tls()->get()) == 1));
    scene.part();
    return resumed;
  };
  CHECK_FALSE(meet_again("localhost"));
  CHECK(meet_again("localhost"));
  if (version == TLS1_3_VERSION) CHECK(meet_again("localhost"));  // 1.2 sends no new ticket
  CHECK_FALSE(meet_again("127.0.0.1"));                           // that may be another one
  CHECK(context->reload());
  CHECK_FALSE(meet_again("localhost"));
}

// What OpenSSL makes of the present configuration.
SSL_CTX const* present(TlsContext& context) {
  return SSL_get_SSL_CTX(context.state().connection().get());
}

TEST_CASE("A session under the trust before a reload is not continued after it",
          "[tls][resumption]") {
  auto const file = pki().file("trusted.pem", pki().authority.pem());
  auto const context = client_of({.trusted_file = file});
  auto server = PeerContext::server(pki().server);
  SSL_CTX_set_num_tickets(server.get(), 0);
  ClientScene scene;
  scene.meet(server, context);
  REQUIRE(scene.info());
  // The ticket comes when the server is no longer trusted.
  TestCertificate const stranger({.subject = "stranger", .names = "", .authority = true});
  pki().file("trusted.pem", stranger.pem());
  REQUIRE(context->reload());
  REQUIRE(SSL_new_session_ticket(scene.peer.tls()->get()) == 1);
  scene.part();
  scene.meet(server, context);
  REQUIRE(scene.client->reason);
  CHECK(scene.client->reason->is(Error::certificate_not_trusted));
  CHECK_FALSE(scene.info());
}

TEST_CASE("A session continued is looked at again: it must be of the name connected to",
          "[tls][resumption]") {
  auto const both = pki().make({.names = "DNS:one.example"});
  auto const server = PeerContext::server(both);
  auto const context = trusting_client();
  ClientScene scene;
  scene.meet(server, context, "one.example");
  scene.part();
  auto const port = std::to_string(scene.listener.port());
  auto session = context->state().take_session("one.example:" + port + " one.example");
  REQUIRE(session);
  // As if the key had been another host's.
  context->state().keep_session("two.example:" + port + " two.example", std::move(session),
                                present(*context));
  scene.meet(server, context, "two.example");
  REQUIRE(scene.client->reason);
  CHECK(scene.client->reason->is(Error::certificate_not_trusted));
  CHECK(scene.client->story == "start started failed stop");
}

TEST_CASE("Sessions of many hosts are kept in bounds", "[tls][resumption]") {
  auto const context = trusting_client();
  for (int i = 0; i < 1000; ++i)
    context->state().keep_session(std::to_string(i), SslSession(SSL_SESSION_new()),
                                  present(*context));
  int kept = 0;
  for (int i = 0; i < 1000; ++i)
    if (context->state().take_session(std::to_string(i))) ++kept;
  CHECK(kept > 0);
  CHECK(kept <= 100);
}

TEST_CASE("A server continues the sessions of clients, with their certificates",
          "[tls][resumption]") {
  auto const context = server_of(
      {.certificate_file = pki().server_file, .client_trusted_file = pki().authority_file});
  auto client = PeerContext::client();
  client.use(pki().client).at_most(GENERATE(TLS1_3_VERSION, TLS1_2_VERSION));
  ServerScene scene;
  scene.meet(client, context);
  REQUIRE(scene.connection->made);
  CHECK_FALSE(scene.connection->transport->tls()->resumed);
  static_cast<void>(scene.peer.ended());  // takes the tickets
  auto* const session = SSL_get1_session(scene.peer.tls()->get());
  scene.part();
  // Another one with the same rules, which comes with the first one's session.
  scene.connection = make_connection();
  auto ends = tcp_ends();
  auto const factory = factory_for(scene.connection);
  scene.reactor->adopt(ends.ours, {}, *factory, context);
  PeerTls second(ends.peer.fd(), client);
  SSL_set_session(second.get(), session);
  CHECK(run_beside(*scene.reactor, [&] { return second.handshake(); }));
  REQUIRE(run_until(*scene.reactor, [&] { return scene.connection->made; }));
  CHECK(scene.connection->transport->tls()->resumed);
  CHECK(scene.connection->transport->tls()->pin == pki().client.pin());
  SSL_SESSION_free(session);
}

// --- reading files again ---

TEST_CASE("reload is for the connections to come, and changes nothing if it fails", "[tls]") {
  auto const second = pki().make({.subject = "second"});
  auto const file = pki().file("changing.pem", pki().server.pem() + pki().server.key_pem());
  auto const context = server_of({.certificate_file = file});
  ServerScene scene;
  auto const shown = [&] {
    scene.meet(PeerContext::client(), context);
    return fingerprint(SSL_get0_peer_certificate(scene.peer.tls()->get()));
  };
  CHECK(shown() == pki().server.pin());
  auto const first = scene.connection;
  auto const first_peer = std::move(scene.peer);

  auto const of_another_type = second.pem() + TestCertificate({.weak_bits = 2048}).key_pem();
  for (auto const& bad : {std::string("half a file"), of_another_type}) {
    pki().file("changing.pem", bad);
    auto const failed = context->reload();
    REQUIRE_FALSE(failed);
    CHECK(failed.failure().is(Error::tls_configuration));
    CHECK_THAT(failed.failure().message(), ContainsSubstring(file));
    CHECK(context->pin() == pki().server.pin());
    CHECK(shown() == pki().server.pin());
  }

  pki().file("changing.pem", second.pem() + second.key_pem());
  CHECK(shown() == pki().server.pin());
  CHECK(context->reload());
  CHECK(context->pin() == second.pin());
  CHECK(shown() == second.pin());
  CHECK_FALSE(first->lost);
}

// --- the key log ---

TEST_CASE("The key log has the secrets of each connection and is its owner's alone", "[tls]") {
  auto const file = pki().directory.path("keys.log");
  ServerScene scene;
  auto const context = server_of({.key_log_file = file});
  for (int i = 0; i < 2; ++i) {
    scene.meet(PeerContext::client(), context);
    REQUIRE(scene.agreed);
    unsigned char random[32];
    SSL_get_client_random(scene.peer.tls()->get(), random, sizeof random);
    char beginning[9];
    std::snprintf(beginning, sizeof beginning, "%02x%02x%02x%02x", random[0], random[1], random[2],
                  random[3]);
    std::ostringstream text;
    text << std::ifstream(file).rdbuf();
    CHECK_THAT(text.str(), ContainsSubstring("CLIENT_TRAFFIC_SECRET_0 " + std::string(beginning)));
  }
  struct stat status{};
  REQUIRE(stat(file.c_str(), &status) == 0);
  CHECK((status.st_mode & 0777) == 0600);
}

TEST_CASE("The key log is opened again on reload", "[tls]") {
  auto const file = pki().directory.path("rotated.log");
  auto const size = [](std::string const& name) {
    struct stat status{};
    return stat(name.c_str(), &status) == 0 ? status.st_size : -1;
  };
  ServerScene scene;
  auto const context = server_of({.key_log_file = file});
  scene.meet(PeerContext::client(), context);
  REQUIRE(size(file) > 0);
  REQUIRE(rename(file.c_str(), (file + ".1").c_str()) == 0);
  auto const before = size(file + ".1");
  REQUIRE(context->reload());
  CHECK(size(file) == 0);
  scene.meet(PeerContext::client(), context);
  CHECK(size(file) > 0);
  CHECK(size(file + ".1") == before);
  // What cannot be opened changes nothing.
  auto const now = size(file);
  REQUIRE(rename(file.c_str(), (file + ".2").c_str()) == 0);
  REQUIRE(mkdir(file.c_str(), 0700) == 0);
  CHECK_FALSE(context->reload());
  scene.meet(PeerContext::client(), context);
  CHECK(size(file + ".2") > now);
}

TEST_CASE("The key log may be opened again while others write to it", "[tls]") {
  auto const file = pki().directory.path("busy.log");
  auto const context = server_of({.key_log_file = file});
  std::atomic<bool> over{false};
  std::thread reloading([&] {
    while (!over) CHECK(context->reload());
  });
  ServerScene scene;
  for (int i = 0; i < 20; ++i) scene.meet(PeerContext::client(), context);
  over = true;
  reloading.join();
  std::ifstream lines(file);
  int secrets = 0;
  for (std::string line; std::getline(lines, line);)
    secrets += line.starts_with("CLIENT_TRAFFIC_SECRET_0 ");
  CHECK(secrets == 20);
}

TEST_CASE("The key log is a regular file", "[tls]") {
  auto const pipe = pki().directory.path("pipe.log");
  REQUIRE(mkfifo(pipe.c_str(), 0600) == 0);
  Descriptor reader;
  if (GENERATE(false, true)) reader = Descriptor(open(pipe.c_str(), O_RDONLY | O_NONBLOCK));
  auto const made = TlsContext::server({.key_log_file = pipe});
  REQUIRE_FALSE(made);
  CHECK(made.failure().message() == pipe + ": is no regular file");
  unlink(pipe.c_str());
}

TEST_CASE("The key log is no symbolic link", "[tls]") {
  auto const link = pki().directory.path("link");
  REQUIRE(symlink("/dev/null", link.c_str()) == 0);
  auto const made = TlsContext::server({.key_log_file = link});
  REQUIRE_FALSE(made);
  CHECK(made.failure().message() == link + ": is a symbolic link");
}

}  // namespace

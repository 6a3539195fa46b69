// What is known about one URL of twx fetch: filled while it is fetched; -w, --report and the
// progress line show it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "protocols/http.h"
#include "reactor/address.h"
#include "reactor/clock.h"
#include "reactor/failure.h"
#include "reactor/tls.h"

namespace twx {

// Moments since the begin of the transfer, redirects included; zero: it has not come to that.
// Those of connecting stay zero where a connection is used once more.
struct FetchTimings {
  Duration name_look_up{};    // done
  Duration connected{};       // TCP, to the proxy if there is one
  Duration secured{};         // TLS with the server
  Duration pre_transfer{};    // about to send the last request
  Duration redirect{};        // where the last redirect was complete
  Duration start_transfer{};  // the first byte of the last answer
  Duration total{};
};

// One request and its answer.
struct FetchStep {
  std::string url;
  std::string method;
  HttpHead head;  // the last one: no 1xx
};

struct FetchResult {
  std::string url;                      // as it was given
  std::size_t number = 0;               // of the URL on the command line, from 0
  std::vector<FetchStep> steps;         // the last one gave the body; the others are redirects
  std::string redirect_url;             // where -L would have gone on
  std::string referer;                  // as the last request had it
  std::uint64_t body_size = 0;          // received, as it was written: chunks and codings undone
  std::uint64_t wire_size = 0;          // received, without heads: codings not undone
  std::uint64_t head_size = 0;          // all heads received
  std::uint64_t request_size = 0;       // all heads sent
  std::uint64_t upload_size = 0;        // bodies sent
  std::optional<std::uint64_t> length;  // of the body, where the server told
  std::optional<std::uint64_t> upload_length;
  unsigned connects = 0;  // connections made
  unsigned retries = 0;
  FetchTimings timings;
  std::optional<Address> peer;  // of the last connection
  std::optional<Address> host;
  std::optional<TlsInfo> tls;
  int connect_status = 0;  // the proxy's last answer to CONNECT
  std::string file;        // that was written; empty: standard output
  std::optional<Failure> failure;
};

}  // namespace twx

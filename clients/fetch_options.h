// What `twx fetch` takes: curl's names, curl's meaning.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "cli/command.h"
#include "protocols/http.h"
#include "protocols/http_redirect.h"
#include "reactor/connector.h"
#include "reactor/tls.h"

namespace twx {

struct FetchArguments {
  std::vector<std::string> urls;
  // The request.
  std::optional<std::string> method;
  HttpFields fields;                // in place of ours; an empty value takes ours away
  std::vector<std::string> empty;   // names of fields to be sent without a value
  std::optional<std::string> data;  // the body
  std::string data_type = "application/x-www-form-urlencoded";
  std::string user_agent;
  std::string referer;
  std::string user;  // NAME:PASSWORD
  std::string bearer;
  bool head = false;
  bool http10 = false;
  // The answer.
  std::vector<std::string> outputs;  // -o, one for each URL
  bool include = false;
  std::string dump_head;
  bool compressed = false;
  std::uint64_t max_size = 0;  // of a body, in bytes; 0: any
  bool fail = false;
  bool fail_with_body = false;
  bool silent = false;
  bool show_error = false;
  // Cookies.
  std::string cookies;                    // for the first origin: "a=b; c=d"
  std::vector<std::string> cookie_files;  // to be read
  std::string cookie_jar;                 // to be written
  bool junk_session_cookies = false;
  // Redirects.
  bool follow = false;
  RedirectRules redirects{.limit = 50};
  // Connections.
  ConnectOptions connecting;
  std::string unix_socket;
  std::optional<Duration> max_time;
  TlsOptions tls;
};

std::shared_ptr<FetchArguments> declare_fetch(Options&);

}  // namespace twx

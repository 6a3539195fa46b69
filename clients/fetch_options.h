// What `twx fetch` takes: curl's names, curl's meaning.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "cli/command.h"
#include "cli/tls_options.h"
#include "protocols/http.h"
#include "protocols/http_form.h"
#include "protocols/http_redirect.h"
#include "reactor/connector.h"

namespace twx {

// Where a body goes.
struct FetchOutputName {
  std::string path;          // -o
  bool remote_name = false;  // -O
};

// What holds for the URLs of one set of options: up to --next.
struct FetchOptions {
  std::vector<std::string> urls;
  std::string input_file;             // more of them, one a line
  std::optional<Failure> unreadable;  // a file that an option names
  std::string warning;                // of an option that comes to nothing

  // The request.
  std::optional<std::string> method;
  HttpFields fields;                // in place of ours; an empty value takes ours away
  std::vector<std::string> empty;   // names of fields to be sent without a value
  std::optional<std::string> data;  // the body
  std::string data_type = "application/x-www-form-urlencoded";
  std::vector<FormPart> forms;       // -F, --form-string
  std::vector<std::string> uploads;  // -T, one for each URL
  bool data_in_query = false;        // -G
  std::string query;                 // --url-query, encoded
  std::string request_target;
  bool path_as_is = false;
  std::string user_agent = "twx";
  std::string referer;
  bool head = false;
  bool http10 = false;
  bool transfer_coding = false;  // --tr-encoding
  Duration expect_timeout = std::chrono::seconds(1);
  std::optional<HttpField> condition;  // -z
  std::string range;
  std::string schemes = "http,https";           // --proto
  std::string redirect_schemes = "http,https";  // --proto-redir

  // Logins.
  std::string user;  // NAME:PASSWORD
  std::string bearer;
  bool digest = false;
  bool any_login = false;
  bool netrc = false;
  bool netrc_optional = false;
  std::string netrc_file;

  // The answer.
  std::vector<FetchOutputName> outputs;  // one for each URL
  bool remote_name_all = false;
  bool server_name = false;  // -J
  std::string directory;
  bool create_directories = false;
  bool no_clobber = false;
  bool skip_existing = false;
  bool remove_on_error = false;
  bool remote_time = false;
  bool include = false;
  std::string dump_head;
  bool compressed = false;
  bool raw = false;
  bool ignore_length = false;
  bool http09 = false;
  std::uint64_t max_size = 0;  // of a body, in bytes; 0: any
  bool fail = false;
  bool fail_with_body = false;
  std::string resume;  // -C: an offset, "-" for the size of the file
  std::string etag_save;
  std::string etag_compare;
  std::string checksum;  // sha256:HEX
  std::string write_out;

  // Cookies.
  std::string cookies;                    // for the first origin: "a=b; c=d"
  std::vector<std::string> cookie_files;  // to be read
  std::string cookie_jar;                 // to be written
  bool junk_session_cookies = false;

  // Redirects.
  bool follow = false;
  std::uint64_t max_redirects = 50;
  RedirectRules redirects;

  // Connections.
  ConnectOptions connecting;
  bool ipv4 = false;
  bool ipv6 = false;
  bool no_keep_alive = false;  // of TCP
  std::string unix_socket;
  std::string abstract_unix_socket;
  std::vector<std::string> resolve;
  std::vector<std::string> connect_to;
  std::string interface;
  std::optional<std::string> proxy;
  std::string proxy_user;
  std::optional<std::string> no_proxy;
  bool proxy_tunnel = false;
  bool proxy_digest = false;
  bool proxy_any_login = false;
  HttpFields proxy_fields;
  TlsArguments tls;
  TlsArguments proxy_tls;

  // Time.
  std::optional<Duration> max_time;
  std::string rate_limit;
  std::optional<std::uint64_t> least_rate;  // -Y, bytes in a second
  std::optional<Duration> least_rate_time;  // -y
  std::uint64_t retries = 0;
  std::optional<Duration> retry_delay;
  std::optional<Duration> retry_max_time;
  bool retry_all_errors = false;
  bool retry_refused = false;
};

struct FetchArguments {
  std::vector<FetchOptions> sets;

  bool parallel = false;
  std::uint64_t parallel_max = 50;
  bool parallel_immediate = false;
  bool fail_early = false;
  bool silent = false;
  bool show_error = false;
  bool no_progress = false;
  bool dry_run = false;
  std::string report;  // "json"
  std::string trace_file;
  bool trace_hex = false;
  bool trace_time = false;
  bool show_secrets = false;
};

std::shared_ptr<FetchArguments> declare_fetch(Options&);

// Its parts; the values must live as long as the options.
void declare_fetch_request(Options&, FetchOptions&);
void declare_fetch_answer(Options&, FetchOptions&);
void declare_fetch_connection(Options&, FetchOptions&);
void declare_proxy_fields(Options&, FetchOptions&);  // among those of connections

}  // namespace twx

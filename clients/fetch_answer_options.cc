// The options of twx fetch that are about answers: files, limits, cookies, redirects.
#include "clients/checksum.h"
#include "clients/fetch_option.h"
#include "clients/fetch_options.h"
#include "clients/fetch_write_out.h"

namespace twx {
namespace {

void declare_output(Options& options, FetchOptions& values) {
  options
      .option(each_value("-o,--output", "FILE", "Write the body to FILE, one for each URL",
                         [&values](std::string_view text) {
                           values.outputs.push_back({std::string(text), false});
                           return std::string(text.empty() ? "a file needs a name" : "");
                         }))
      .kind = Kind::file;
  options.option(flag_value("-O,--remote-name", "Write it to a file with the name in the URL",
                            [&values](std::string_view) {
                              values.outputs.push_back({"", true});
                              return std::string();
                            }));
  options.flag("--remote-name-all", values.remote_name_all, "-O for all URLs that have no -o");
  options.flag("-J,--remote-header-name", values.server_name,
               "With -O: the name that the server gives; never over a file that is there");
  options.option("--output-dir", "DIR", values.directory, "Where those files go", Kind::folder);
  options.flag("--create-dirs", values.create_directories, "Make the directories that are missing");
  options.flag("--no-clobber", values.no_clobber,
               "Not over a file that is there: add .1 to .100 to the name");
  options.flag("--skip-existing", values.skip_existing, "Fetch nothing whose file is there");
  options.flag("--remove-on-error", values.remove_on_error,
               "Leave no file after a failure that was not there before");
  options.flag("-R,--remote-time", values.remote_time, "Give the file the server's time");
  options.option(each_value("-C,--continue-at", "OFFSET",
                            "Fetch the rest of a file; - takes the size of what is there",
                            [&values](std::string_view text) {
                              values.resume = text;
                              return text == "-" || parse_count(text)
                                         ? std::string()
                                         : "'" + values.resume + "' is not a number of bytes, or -";
                            }));
  options.option("--etag-save", "FILE", values.etag_save, "Keep the answer's ETag", Kind::file);
  options.option("--etag-compare", "FILE", values.etag_compare,
                 "Only if the ETag is another one than in FILE", Kind::file);
  options.option(each_value("--checksum", "NAME:HEX",
                            "Fail unless the body has this sha256 (sha1, sha384, sha512, md5)",
                            [&values](std::string_view text) {
                              values.checksum = text;
                              auto const right = Checksum::parse(text);
                              return right ? std::string() : right.failure().message();
                            }));
  options.flag("-i,--include", values.include, "Show the head of the answer before its body");
  options.option("-D,--dump-header", "FILE", values.dump_head, "Write the heads of answers to FILE",
                 Kind::file);
  options.option(each_value(
      "-w,--write-out", "FORMAT",
      "Say this at the end, with curl's variables: %{http_code} %{time_total}; @FILE",
      [&values](std::string_view text) {
        auto const format = write_out_format(text);
        if (format)
          values.write_out = *format;
        else
          values.unreadable = format.failure();
        return std::string();
      },
      Kind::data));
}

void declare_limits(Options& options, FetchOptions& values) {
  options.flag("--compressed", values.compressed,
               "Let the server compress (deflate, gzip, br, zstd), and undo that");
  options.flag("--raw", values.raw, "Leave chunks and codings as they come");
  options.flag("--ignore-content-length", values.ignore_length,
               "Take what comes until the connection ends");
  options.flag("--http0.9", values.http09, "Take an answer without a head");
  options.size("--max-filesize", "BYTES", values.max_size, 0, 1ULL << 62,
               "No larger body than that, uncompressed (63); 0 is any");
  options.flag("-f,--fail", values.fail, "A status of 400 or more ends with 22, without its body");
  options.flag("--fail-with-body", values.fail_with_body, "The same, with its body");
}

std::string add_cookies(FetchOptions& values, std::string_view text) {
  if (text.find('=') == text.npos)
    values.cookie_files.emplace_back(text);
  else
    values.cookies.append(values.cookies.empty() ? "" : "; ").append(text);
  return "";
}

void declare_cookies(Options& options, FetchOptions& values) {
  options.group("Cookies");
  options.option(each_value(
      "-b,--cookie", "COOKIES",
      "Send NAME=VALUE; ... to the first server, or what is in a file of cookies",
      [&values](std::string_view text) { return add_cookies(values, text); }, Kind::text_or_file));
  options.option("-c,--cookie-jar", "FILE", values.cookie_jar,
                 "Write all cookies to FILE at the end; - is standard output", Kind::file);
  options.flag("-j,--junk-session-cookies", values.junk_session_cookies,
               "Leave out cookies of a file that were for a session only");
}

// Each word a scheme, "=" before it: only that, "-": not that, "+": that too (curl's --proto).
std::string set_schemes(std::string& schemes, std::string_view text) {
  bool http = schemes.find("http,") == 0 || schemes == "http";
  bool https = schemes.find("https") != schemes.npos;
  for (auto rest = text; !rest.empty();) {
    auto word = trimmed(rest.substr(0, rest.find(',')));
    rest.remove_prefix(
        std::min(rest.size(), rest.find(',') == rest.npos ? rest.size() : rest.find(',') + 1));
    auto const sign =
        !word.empty() && std::string_view("=+-").find(word[0]) != word.npos ? word[0] : '+';
    if (!word.empty() && std::string_view("=+-").find(word[0]) != word.npos) word.remove_prefix(1);
    auto const all = same_word(word, "all");
    if (sign == '=') http = https = false;
    if (all || same_word(word, "http")) http = sign != '-';
    if (all || same_word(word, "https")) https = sign != '-';
  }
  schemes = http && https ? "http,https" : http ? "http" : https ? "https" : "";
  return "";
}

void declare_redirects(Options& options, FetchOptions& values) {
  options.group("Redirects");
  options.flag("-L,--location", values.follow, "Go where the server sends us");
  options.option(each_value("--max-redirs", "N", "At most so often (default 50); -1 is any number",
                            [&values](std::string_view text) {
                              auto const count = parse_count(text);
                              if (!count && text != "-1")
                                return "'" + std::string(text) + "' is not a whole number, or -1";
                              values.max_redirects = count ? *count : ~std::uint64_t{};
                              return std::string();
                            }));
  options.flag("--post301", values.redirects.keep_post_301, "Keep POST after a 301");
  options.flag("--post302", values.redirects.keep_post_302, "Keep POST after a 302");
  options.flag("--post303", values.redirects.keep_post_303, "Keep POST after a 303");
  options.flag("--location-trusted", values.redirects.keep_credentials,
               "As -L, and send login and cookies to wherever we are sent");
  auto const schemes = [&options](std::string name, std::string& value, std::string help) {
    options.option(
        each_value(std::move(name), "LIST", std::move(help),
                   [&value](std::string_view text) { return set_schemes(value, text); }));
  };
  schemes("--proto", values.schemes, "Schemes to be used: =https, -http");
  schemes("--proto-redir", values.redirect_schemes, "The same, after redirects");
}

}  // namespace

void declare_fetch_answer(Options& options, FetchOptions& values) {
  options.group("Answer");
  declare_output(options, values);
  declare_limits(options, values);
  declare_cookies(options, values);
  declare_redirects(options, values);
}

}  // namespace twx

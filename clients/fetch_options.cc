#include "clients/fetch_options.h"

#include <utility>

#include "clients/fetch_option.h"
#include "reactor/ascii.h"

namespace twx {
namespace {

struct Declared {
  FetchArguments arguments;
  FetchOptions now;  // of the set that is being read
};

// What holds for all sets.
void declare_run(Options& options, FetchArguments& values) {
  options.group("All URLs");
  options.flag("-Z,--parallel", values.parallel, "Fetch several at the same time");
  options.option("--parallel-max", "N", values.parallel_max, 1, 300,
                 "At most so many (default 50)");
  options.flag("--parallel-immediate", values.parallel_immediate,
               "A connection for each at once, also to a server that few would keep busy");
  options.flag("--fail-early", values.fail_early, "Stop at the first failure");
  options.flag("--dry-run", values.dry_run, "Send nothing; show the bytes that would be sent");
  options.choice("--report", "", values.report, {"json"},
                 "Tell about each URL after its body: answers, times, sizes, TLS");
  options.flag("-s,--silent", values.silent, "Say nothing, errors neither");
  options.flag("-S,--show-error", values.show_error, "With -s: say errors all the same");
  options.flag("--no-progress-meter", values.no_progress, "Show no progress on a terminal");
  auto const trace = [&values](bool hex) {
    return [&values, hex](std::string_view text) {
      values.trace_file = text;
      values.trace_hex = hex;
      return std::string(text.empty() ? "a file needs a name" : "");
    };
  };
  options
      .option(each_value("--trace-ascii", "FILE",
                         "Write all that is sent and received to FILE; - is standard output, % "
                         "standard error",
                         trace(false)))
      .kind = Kind::file;
  options.option(each_value("--trace", "FILE", "The same in hex too", trace(true))).kind =
      Kind::file;
  options.flag("--trace-time", values.trace_time, "Begin each of its lines with the time");
  options.flag("--show-secrets", values.show_secrets,
               "Show logins and cookies with -v and in traces");
}

// What has no effect here, so that scripts need not be changed: curl's globs of URLs are never
// expanded, output is never held back, and where curl draws a bar the progress is one line.
void declare_ignored(Options& options, std::shared_ptr<Declared> const& declared) {
  auto const ignore = [declared](std::string_view) { return std::string(); };
  options.option(flag_value("-g,--globoff", "Has no effect: nothing is expanded", ignore));
  options.option(flag_value("-N,--no-buffer", "Has no effect: nothing is held back", ignore));
  options.option(flag_value("-#,--progress-bar", "Has no effect: there is one kind", ignore));
}

// "http://host" of netcat's HOST PORT; "HOST" if nothing like it was given.
std::string host_before(std::vector<std::string> const& urls, std::size_t index) {
  if (index == 0) return "HOST";
  auto const& url = urls[index - 1];
  auto const scheme = url.find("://");
  auto const host = url.substr(scheme == url.npos ? 0 : scheme + 3);
  return host.empty() || host.find_first_of("/:") != host.npos ? "HOST" : url;
}

// "" or which word is no URL.
std::string word_check(std::vector<std::string> const& urls) {
  for (std::size_t i = 0; i < urls.size(); ++i)
    if (ascii::is_digits(urls[i]))
      return "'" + urls[i] + "' is a port and no URL; write " + host_before(urls, i) + ":" +
             urls[i];
  return "";
}

std::string pair_check(FetchOptions const& values) {
  if (auto wrong = word_check(values.urls); !wrong.empty()) return wrong;
  auto const count = values.urls.size();
  if (values.input_file.empty()) {
    if (count == 0) return "URL is missing: what to fetch";
    if (values.outputs.size() > count) return "there are more --output than URLs";
    if (values.uploads.size() > count) return "there are more --upload-file than URLs";
  }
  auto const bodies = int(values.data.has_value() && !values.data_in_query) +
                      int(!values.forms.empty()) + int(!values.uploads.empty());
  if (bodies > 1) return "--data, --form and --upload-file exclude each other";
  if (values.server_name && (values.include || !values.resume.empty()))
    return "--remote-header-name goes with neither --include nor --continue-at";
  if (values.no_clobber && !values.resume.empty())
    return "--no-clobber and --continue-at exclude each other";
  if (values.head && bodies > 0 && !values.method) return "--head sends no data";
  return "";
}

}  // namespace

std::shared_ptr<FetchArguments> declare_fetch(Options& options) {
  auto const declared = std::make_shared<Declared>();
  auto& values = declared->now;
  options.forgiving();
  options.positional("URL", values.urls, false,
                     "What to fetch; http:// is taken where nothing stands", Kind::url);
  options.option("--url", "URL", values.urls, "The same as an option", Kind::url);
  options.option("--input-file", "FILE", values.input_file,
                 "More URLs, one a line; - is standard input", Kind::file);
  declare_fetch_request(options, values);
  declare_fetch_answer(options, values);
  declare_fetch_connection(options, values);
  declare_run(options, declared->arguments);
  options.divider("-:,--next", "What follows has options and URLs of its own",
                  [&values] { values = {}; });
  declare_ignored(options, declared);
  // The last check of a set: it is complete.
  options.check([&values, &sets = declared->arguments.sets] {
    auto wrong = pair_check(values);
    if (wrong.empty()) sets.push_back(std::move(values));
    return wrong;
  });
  return {declared, &declared->arguments};
}

}  // namespace twx

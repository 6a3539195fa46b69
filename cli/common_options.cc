#include "cli/common_options.h"

#include <unistd.h>

#include "cli/color.h"
#include "cli/log_lines.h"
#include "cli/output.h"
#include "reactor/log.h"

namespace twx {
namespace {

std::string names_left(Option const& common, Options const& taken) {
  std::string left;
  for (auto const name : common.each_name()) {
    if (taken.find(name)) continue;
    left.append(left.empty() ? "" : ",").append(name);
  }
  return left;
}

Level most_said(CommonOptions const& options) {
  if (options.quiet) return Level::error;
  if (options.verbose == 0) return Level::notice;
  return options.verbose == 1 ? Level::info : Level::debug;
}

}  // namespace

void declare_common(Options& options, CommonOptions& values) {
  Options common;
  common.group(common_heading);
  common.flag_count(
      "-v,--verbose", values.verbose,
      "Tell about connections and byte counts; -vv also about names, TLS and retries");
  common.flag("-q,--quiet", values.quiet, "Tell about errors only");
  common.choice("--log-format", "", values.log_format, {"text", "json"},
                "How events are written to stderr, one a line (default text)");
  common.choice("--color", "", values.color, {"auto", "always", "never"},
                "Colour on stderr (default auto: if it is a terminal)");
  common.flag("-h,--help", values.help, "Print this help and end");
  for (auto option : common.all()) {
    option.names = names_left(option, options);
    if (!option.names.empty()) options.option(std::move(option));
  }
  options.check([&values] {
    bool const both = values.quiet && values.verbose > 0;
    return std::string(both ? "--quiet and --verbose exclude each other" : "");
  });
}

void install_log_sink(CommonOptions const& options) {
  bool const json = options.log_format == "json";
  bool const color = !json && wants_color(options.color, STDERR_FILENO);
  auto const write = [json, color](Level level, std::string_view line) {
    tell(json ? json_line(level, line, std::chrono::system_clock::now())
              : text_line(level, line, color));
  };
  set_log_sink(write, most_said(options));
}

}  // namespace twx

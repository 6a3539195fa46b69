#include "servers/line_end.h"

namespace twx {

void declare_line_end(Options& options, LineEnd& end, std::string_view any) {
  Option option;
  option.names = "--line";
  option.metavar = "crlf|lf|any";
  option.choices = {"crlf", "lf", "any"};
  option.help = "How lines end (default crlf); any " + std::string(any);
  option.set = [&end](std::string_view name) {
    end = name == "lf" ? LineEnd::lf : name == "any" ? LineEnd::any : LineEnd::crlf;
    return std::string();
  };
  options.option(std::move(option));
}

}  // namespace twx

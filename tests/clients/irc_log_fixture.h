// What the tests of irc-log's sessions share: arguments, and the log that came of them.
#pragma once

#include <fstream>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

#include "clients/irc_log_options.h"
#include "tests/reactor/support/harness.h"

namespace twx::test {

using Lines = std::vector<std::string>;

// The lines of a text, each without its end.
inline Lines lines_of(std::string const& text) {
  Lines lines;
  std::istringstream all(text);
  for (std::string line; std::getline(all, line);) {
    if (line.ends_with('\r')) line.pop_back();
    lines.push_back(line);
  }
  return lines;
}

struct IrcLogFixture {
  explicit IrcLogFixture(std::vector<std::string> const& channels = {"#chan"}) {
    for (auto const& name : channels) arguments.channels.push_back({.name = name});
    arguments.endpoint = Endpoint::tcp("irc.example", 6697);
    arguments.irc.nick = "twistedbot";
    arguments.irc.version = "twx";
    arguments.lag_timeout = {};
    arguments.log.path = IrcLogTemplate::parse(scratch.path("log")).value();
    if (channels.size() > 1) arguments.log.style.label = IrcLogLabel::channel;
  }

  // The log, without stamps and without the times of connections.
  Lines logged() const {
    std::ostringstream all;
    all << std::ifstream(scratch.path("log")).rdbuf();
    auto lines = lines_of(all.str());
    for (auto& line : lines) {
      line.erase(0, std::string_view("[00:00:00] ").size());
      if (auto const at = line.find("connected at "); at != line.npos)
        line.replace(at + 13, line.size() - at - 14, "TIME");
    }
    return lines;
  }

  ScratchDirectory scratch;
  LogLines log;
  IrcLogArguments arguments;
};

}  // namespace twx::test

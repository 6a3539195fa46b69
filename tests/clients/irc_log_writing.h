// What the tests of IrcLogWriter share: one writer, its folder and its clock.
#pragma once

#include <unistd.h>

#include <chrono>
#include <fstream>
#include <memory>
#include <sstream>
#include <string>
#include <string_view>

#include "clients/irc_log_writer.h"
#include "reactor/fakes/fake_clock.h"
#include "tests/clients/irc_log_events.h"
#include "tests/reactor/support/harness.h"

namespace twx::test {

struct Writing {
  std::string path(std::string_view name) const { return scratch.path(name); }
  std::string contents(std::string_view name = "log") const {
    std::ostringstream all;
    all << std::ifstream(path(name)).rdbuf();
    return all.str();
  }
  bool exists(std::string_view name) const { return access(path(name).c_str(), F_OK) == 0; }

  IrcLogWriter& begin(std::string_view name, IrcLogSettings settings = {}) {
    settings.path = IrcLogTemplate::parse(path(name)).value();
    if (settings.time == IrcLogTime::local) settings.time = IrcLogTime::utc;
    writer = std::make_unique<IrcLogWriter>(clock, std::move(settings));
    return *writer;
  }
  void say(std::string_view text, std::string_view channel = "#Chan", Duration later = {}) {
    auto event = said(text);
    event.channel = event.channel_key = channel;
    event.time += std::chrono::duration_cast<std::chrono::system_clock::duration>(later);
    writer->write(event);
  }

  ScratchDirectory scratch;
  FakeClock clock;
  LogLines log;
  std::unique_ptr<IrcLogWriter> writer;
};

// A line that says which of many it is.
inline std::string numbered(int number) { return "line " + std::to_string(number); }

}  // namespace twx::test

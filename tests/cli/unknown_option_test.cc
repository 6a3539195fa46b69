#include "cli/unknown_option.h"

#include "tests/support/catch.h"

namespace {

constexpr twx::Command command{"connect", "test", "", nullptr};

struct Taken {
  twx::Options options;
  std::string host, port, shell;
  bool tls = false;
  twx::Duration time{};

  Taken() {
    options.positional("HOST", host, true, "Host", twx::Kind::host);
    options.positional("PORT[,PORT...]", port, false, "Port", twx::Kind::port);
    twx::Option one;
    one.names = one.metavar = "SHELL";
    one.choices = {"bash", "zsh"};
    options.option(std::move(one));
    options.flag("--tls", tls, "TLS");
    options.option("-m,--max-time", "TIME", time, "Time");
  }
  // What is said behind "there is no option 'NAME'".
  std::string told(std::string const& name, std::string const& word) {
    auto const message = unknown_option(command, options, word);
    auto const begin = "there is no option '" + name + "'";
    CHECK(message.starts_with(begin));
    return message.substr(std::min(begin.size(), message.size()));
  }
  std::string told(std::string const& word) { return told(word, word); }
};

}  // namespace

TEST_CASE_METHOD(Taken, "what another tool calls so goes before what is spelt alike", "[cli]") {
  CHECK(told("--ssl") == "; use --tls");
  CHECK(told("--udp", "--udp=1") == "; write udp://HOST:PORT");
  CHECK(told("-w", "-w5") == "; there are --connect-timeout, --idle-timeout and --max-time");
}

TEST_CASE_METHOD(Taken, "a positional in the form of an option stands alone", "[cli]") {
  auto const usage = "twx connect HOST [PORT[,PORT...]] [SHELL] [OPTION]...";
  CHECK(told("--host") == "; HOST stands alone: " + std::string(usage));
  CHECK(told("--port", "--port=80") == "; PORT stands alone: " + std::string(usage));
  CHECK(told("--zsh") == "; zsh stands alone: " + std::string(usage));
}

TEST_CASE_METHOD(Taken, "a misspelt option is recognised, also behind one dash", "[cli]") {
  CHECK(told("--TLS") == "; did you mean '--tls'?");
  CHECK(told("--max-tmie", "--max-tmie=5") == "; did you mean '--max-time'?");
  CHECK(told("-max-tmie") == "; did you mean '--max-time'?");
  CHECK(told("-ssl") == "; use --tls");
  CHECK(told("-X", "-Xyz").empty() == false);
  CHECK(told("-M") == "");
}

TEST_CASE_METHOD(Taken, "an option of other commands is told where it is", "[cli]") {
  CHECK(told("--welcome") == "; only 'serve echo' has it");
  CHECK(told("--max-connections") == "; 'serve echo' and others have it");
  CHECK(told("--frobnicate") == "");
}

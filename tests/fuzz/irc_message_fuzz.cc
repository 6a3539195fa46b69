// What a message is taken apart into can be put together again, and is the same then.
//
// Input: a line.
#include <algorithm>
#include <string>
#include <vector>

#include "protocols/irc_mask.h"
#include "protocols/irc_message.h"
#include "protocols/irc_modes.h"
#include "tests/fuzz/input.h"

namespace {

using namespace twx;
using namespace twx::fuzz;

struct Tags {
  explicit Tags(IrcMessage const& message) {
    for (auto const& tag : message.tags()) {
      require(!tag.name.empty(), "a tag has a name");
      tag.append_value(values.emplace_back());
      names.emplace_back(tag.name);
    }
  }
  bool operator==(Tags const&) const = default;
  std::vector<std::string> names, values;
};

// What irc_line refuses can only be what it says it refuses.
bool has_unsendable(std::string_view line, Tags const& tags) {
  constexpr std::string_view ends("\r\n\0", 3);
  auto const bad_tag = [](std::string const& name) {
    return name.find_first_of(std::string_view("\r\n\0 ", 4)) != name.npos;
  };
  auto const nul = [](std::string const& value) { return value.find('\0') != value.npos; };
  return line.find_first_of(ends) != line.npos ||
         std::any_of(tags.names.begin(), tags.names.end(), bad_tag) ||
         std::any_of(tags.values.begin(), tags.values.end(), nul);
}

void put_together(IrcMessage const& message) {
  Tags const tags(message);
  std::vector<IrcTag> views;
  for (std::size_t i = 0; i < tags.names.size(); ++i)
    views.push_back({.name = tags.names[i], .value = tags.values[i]});
  auto line = irc_line({.command = message.command(),
                        .parameters = message.parameters(),
                        .tags = views,
                        .source = message.source_text()});
  // A command may be what no client would send: with a colon or "@" in front.
  auto const odd = message.command().front() == ':' || message.command().front() == '@';
  if (!line) return require(odd || has_unsendable(message.line(), tags), "what came can be sent");
  require(line->find_first_of(std::string_view("\r\n\0", 3)) == line->npos, "it is one line");
  if (line->size() > IrcLimits::body) return;
  auto const again = IrcMessage::parse(*line);
  require(again.has_value(), "it is a message again");
  require(std::equal(message.parameters().begin(), message.parameters().end(),
                     again->parameters().begin(), again->parameters().end()),
          "with the same parameters");
  require(again->command() == message.command() && again->source_text() == message.source_text(),
          "the same command and source");
  require(Tags(*again) == tags, "and the same tags");
}

void read_modes(IrcMessage const& message) {
  IrcSupport support;
  support.take(message);
  IrcModes modes(support, message.parameters());
  std::size_t count = 0;
  while (auto const change = modes.next()) ++count;
  require(count <= message.parameter(0).size(), "each change has a letter");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
  auto const line = Input(data, size).rest();
  auto const message = IrcMessage::parse(line);
  if (!message) return 0;
  require(!message->command().empty(), "there is a command");
  put_together(*message);
  read_modes(*message);
  auto const source = message->source();
  require(source.nick.size() + source.user.size() + source.host.size() <=
              message->source_text().size(),
          "a source has no more than its text");
  require(irc_mask_matches(IrcCaseMapping::rfc1459, "*" + std::string(source.nick) + "*",
                           message->source_text()) ||
              source.nick.find_first_of("*?") != source.nick.npos,
          "a nick matches itself");
  return 0;
}

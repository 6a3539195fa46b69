// Answers what irc_vectors.py asks, a line each; all texts are in hexadecimal.
//
//   split LINE            source command parameters=A,B tags=NAME:VALUE,...   or "none"
//   join SOURCE COMMAND parameters=A,B tags=NAME:VALUE,...                    the line, or "none"
//   userhost SOURCE       nick user host
//   mask MASK TEXT        yes or no
#include <iostream>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include "protocols/irc_mask.h"
#include "protocols/irc_message.h"

namespace {

using namespace twx;

std::string hex(std::string_view text) {
  constexpr char digits[] = "0123456789abcdef";
  std::string out = "x";  // so that an empty one is a word too
  for (auto const c : text) {
    out += digits[static_cast<unsigned char>(c) >> 4];
    out += digits[static_cast<unsigned char>(c) & 15];
  }
  return out;
}

std::string unhex(std::string const& text) {
  std::string out;
  for (std::size_t i = 1; i + 1 < text.size(); i += 2)
    out += static_cast<char>(std::stoi(text.substr(i, 2), nullptr, 16));
  return out;
}

std::vector<std::string> split_list(std::string const& list) {
  std::vector<std::string> items;
  std::istringstream in(list.substr(list.find('=') + 1));
  for (std::string item; std::getline(in, item, ',');) items.push_back(item);
  return items;
}

void split(std::string const& line) {
  auto const message = IrcMessage::parse(line);
  if (!message) {
    std::cout << "none\n";
    return;
  }
  std::cout << hex(message->source_text()) << ' ' << hex(message->command()) << " parameters=";
  for (auto const& word : message->parameters()) std::cout << hex(word) << ',';
  std::cout << " tags=";
  for (auto const& tag : message->tags())
    std::cout << hex(tag.name) << ':' << hex(message->tags().value(tag.name)) << ',';
  std::cout << '\n';
}

void join(std::istream& in) {
  std::string source, command, parameters, tags;
  in >> source >> command >> parameters >> tags;
  std::vector<std::string> words;
  for (auto const& word : split_list(parameters)) words.push_back(unhex(word));
  std::vector<std::pair<std::string, std::string>> pairs;
  for (auto const& tag : split_list(tags)) {
    auto const colon = tag.find(':');
    pairs.emplace_back(unhex(tag.substr(0, colon)), unhex(tag.substr(colon + 1)));
  }
  std::vector<std::string_view> const views(words.begin(), words.end());
  std::vector<IrcTag> tag_views;
  for (auto const& [name, value] : pairs) tag_views.push_back({.name = name, .value = value});
  auto const name = unhex(source), verb = unhex(command);
  auto const line =
      irc_line({.command = verb, .parameters = views, .tags = tag_views, .source = name});
  std::cout << (line ? hex(*line) : "none") << '\n';
}

void answer(std::istream& in) {
  std::string what, one, other;
  in >> what;
  if (what == "join") return join(in);
  in >> one >> other;
  auto const text = unhex(one);
  if (what == "split") return split(text);
  auto const source = IrcSource::split(text);
  if (what == "userhost")
    std::cout << hex(source.nick) << ' ' << hex(source.user) << ' ' << hex(source.host) << '\n';
  else
    std::cout << (irc_mask_matches(IrcCaseMapping::rfc1459, text, unhex(other)) ? "yes" : "no")
              << '\n';
}

}  // namespace

int main() {
  for (std::string line; std::getline(std::cin, line);) {
    std::istringstream in(line);
    answer(in);
    std::cout.flush();
  }
}

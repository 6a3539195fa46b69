#include "clients/irc_log_template.h"

#include <algorithm>
#include <cstdint>

#include "protocols/irc_text.h"
#include "reactor/ascii.h"

namespace twx {
namespace {

constexpr std::size_t most_bytes = 120;  // of a name: two of them and more fit into 255
constexpr std::size_t hash_digits = 16;

constexpr std::string_view day_conversions = "YyCmdejFaAbBhGgVUWuw";
constexpr std::string_view second_conversions = "HIpMSTs";

// FNV-1a, 64 bits.
std::uint64_t hash(std::string_view text) {
  std::uint64_t value = 0xcbf29ce484222325;
  for (auto const c : text) value = (value ^ static_cast<unsigned char>(c)) * 0x100000001b3;
  return value;
}

void append_hex(std::string& out, std::uint64_t value, std::size_t digits) {
  while (digits-- > 0) out += ascii::capital_hex_digits[value >> (4 * digits) & 15];
}

void append_escaped(std::string& out, std::string_view bytes) {
  for (auto const c : bytes) ascii::append_hex(out += '%', c, ascii::capital_hex_digits);
}

std::size_t length_of_character(char first) {
  auto const byte = static_cast<unsigned char>(first);
  return byte < 0xc0 ? 1 : byte < 0xe0 ? 2 : byte < 0xf0 ? 3 : 4;
}

// What printable_utf8 lets pass is UTF-8 that can be seen.
bool can_stay(std::string_view character) {
  auto const first = character.front();
  if (first == '/' || first == '%') return false;
  if (first >= ' ' && first <= '~') return true;
  std::string printable;
  printable_utf8(printable, character, IrcEncoding::utf8);
  return printable == character;
}

std::string escaped_name(std::string_view name) {
  std::string out;
  while (!name.empty()) {
    auto character = name.substr(0, length_of_character(name.front()));
    auto const leading_dot = out.empty() && character == ".";
    if (!leading_dot && can_stay(character)) {
      out += character;
    } else {
      character = character.substr(0, 1);
      append_escaped(out, character);
    }
    name.remove_prefix(character.size());
  }
  return out;
}

// Neither a character nor an escape is cut in two.
std::size_t cut_before(std::string_view name, std::size_t size) {
  while ((static_cast<unsigned char>(name[size]) & 0xc0) == 0x80) --size;
  for (std::size_t back = 1; back <= 2 && back <= size; ++back) {
    if (name[size - back] == '%') return size - back;
  }
  return size;
}

Failure wrong(std::string message) {
  return Failure::with_message(std::make_error_code(std::errc::invalid_argument),
                               std::move(message));
}

}  // namespace

std::string safe_name(std::string_view name) {
  if (name.empty()) return "%";
  auto safe = escaped_name(name);
  if (safe.size() < most_bytes) return safe;
  safe.resize(cut_before(safe, most_bytes - hash_digits - 1));
  safe += '~';
  append_hex(safe, hash(name), hash_digits);
  return safe;
}

Result<IrcLogTemplate> IrcLogTemplate::parse(std::string_view text) {
  IrcLogTemplate made;
  while (!text.empty()) {
    if (auto const added = made.add(text); !added) return added.failure();
  }
  return made;
}

Result<void> IrcLogTemplate::add(std::string_view& rest) {
  auto const doubled = rest.substr(0, 2);
  if (doubled == "{{" || doubled == "}}" || doubled == "%%") {
    add_literal(rest.substr(0, 1));
    rest.remove_prefix(2);
    return {};
  }
  if (rest.front() == '{') return add_name(rest);
  if (rest.front() == '%') return add_date(rest);
  auto const end = std::min(rest.find_first_of("{}%", 1), rest.size());
  add_literal(rest.substr(0, end));
  rest.remove_prefix(end);
  return {};
}

void IrcLogTemplate::add_literal(std::string_view text) {
  if (fixed()) {
    auto const before = pieces_.empty() ? 0 : pieces_.front().text.size();
    auto const slash = text.rfind('/');
    if (slash != text.npos) fixed_folders_ = before + slash + 1;
  }
  if (pieces_.empty() || pieces_.back().kind != Piece::Kind::literal)
    pieces_.push_back({Piece::Kind::literal, {}});
  pieces_.back().text += text;
}

Result<void> IrcLogTemplate::add_name(std::string_view& rest) {
  auto const end = rest.find('}');
  auto const name = rest.substr(0, end == rest.npos ? rest.size() : end + 1);
  if (name == "{network}") {
    has_network_ = true;
    pieces_.push_back({Piece::Kind::network, {}});
  } else if (name == "{channel}") {
    has_channel_ = true;
    pieces_.push_back({Piece::Kind::channel, {}});
  } else {
    return wrong("there is no " + std::string(name) +
                 ", only {network} and {channel}; a brace itself is {{ or }}");
  }
  rest.remove_prefix(name.size());
  return {};
}

Result<void> IrcLogTemplate::add_date(std::string_view& rest) {
  auto const conversion = rest.substr(0, 2);
  if (conversion.size() < 2 || (day_conversions.find(conversion[1]) == day_conversions.npos &&
                                second_conversions.find(conversion[1]) == second_conversions.npos))
    return wrong("there is no " + std::string(conversion) +
                 ", only strftime's %Y %m %d %F %H %M %S and the like; % itself is %%");
  auto const daily = day_conversions.find(conversion[1]) != day_conversions.npos;
  unit_ = daily && unit_ != Unit::second ? Unit::day : Unit::second;
  pieces_.push_back({Piece::Kind::date, std::string(conversion)});
  rest.remove_prefix(2);
  return {};
}

std::string IrcLogTemplate::expand(std::string_view network, std::string_view channel,
                                   std::tm const& date) const {
  std::string path;
  for (auto const& piece : pieces_) {
    char text[64];
    switch (piece.kind) {
      case Piece::Kind::literal: path += piece.text; break;
      case Piece::Kind::network: path += safe_name(network); break;
      case Piece::Kind::channel: path += safe_name(channel); break;
      case Piece::Kind::date:
        path.append(text, std::strftime(text, sizeof text, piece.text.c_str(), &date));
        break;
    }
  }
  return path;
}

}  // namespace twx

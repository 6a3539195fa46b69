#include "cli/topics.h"

#include <algorithm>

#include "reactor/ascii.h"
#include "reactor/endpoint_settings.h"

namespace twx {
namespace {

Row row(EndpointForm const& form) { return {std::string(form.text), std::string(form.meaning)}; }

Row row(EndpointSetting const& setting) {
  Row row{std::string(setting.key), std::string(setting.meaning)};
  if (!setting.metavar.empty()) row.label.append("=").append(setting.metavar);
  if (setting.side == EndpointSetting::Side::client) row.text += "; of connect only";
  if (setting.side == EndpointSetting::Side::server) row.text += "; of serve only";
  if (setting.repeatable) row.text += "; may be repeated";
  return row;
}

std::vector<Row> forms() {
  std::vector<Row> rows;
  for (auto const& form : endpoint_forms()) rows.push_back(row(form));
  return rows;
}

std::vector<Row> settings(bool of_tls) {
  std::vector<Row> rows;
  for (auto const& setting : endpoint_settings()) {
    if ((setting.of == EndpointSetting::Of::tls) == of_tls) rows.push_back(row(setting));
  }
  return rows;
}

std::vector<TopicPart> endpoints() {
  return {
      {"", forms()},
      {"Settings follow as in a URL: tcp://:9000?backlog=64. Quote them in a shell, for & divides "
       "them; inside a value write %26 for & and %25 for %, while + is a plus. Those of datagrams "
       "have none. All others, mode for unix sockets only:",
       settings(false)},
      {"Of tls:// also these; what an endpoint says goes before the option of that name:",
       settings(true)},
  };
}

constexpr std::string_view endpoint_examples[] = {
    "twx serve echo 127.0.0.1:9000 [::1]:9000 unix:///run/echo.sock",
    "twx serve echo 'tls://:9443?cert=server.pem&key=server.key' tcp://:9000",
    "twx connect 'tls://localhost:9443?cacert=ca.pem&alpn=h2,http/1.1'",
    "twx connect udp://localhost:9000",
};

constexpr Topic list[] = {{"endpoints", "twx-endpoint",
                           "how to say where to listen and where to connect", endpoints,
                           endpoint_examples}};

// As help shows them.
std::vector<TopicPart> indented(std::vector<TopicPart> parts) {
  for (auto& part : parts) {
    for (auto& row : part.rows) row.label.insert(0, "  ");
  }
  return parts;
}

// One column for all parts.
std::size_t column_of(std::vector<TopicPart> const& parts) {
  std::vector<Row> all;
  for (auto const& part : parts) all.insert(all.end(), part.rows.begin(), part.rows.end());
  return text_column(all);
}

}  // namespace

std::string Topic::text() const {
  auto text = std::string(name) + ": " + std::string(summary) + "\n";
  text.front() = ascii::upper(text.front());
  auto const all = indented(parts());
  auto const column = column_of(all);
  for (auto const& part : all) {
    text += "\n";
    for (auto const& line : wrapped(part.prose, page_width)) text += line + "\n";
    text += columns(part.rows, column);
  }
  text += "\nExamples:\n";
  for (auto const example : examples) text.append("  ").append(example).append("\n");
  return text + "\nSee also: twx help.\n";
}

std::span<Topic const> topics() { return list; }

Topic const* find_topic(std::string_view name) {
  auto const* const found = std::ranges::find(list, name, &Topic::name);
  return found == std::end(list) ? nullptr : found;
}

}  // namespace twx

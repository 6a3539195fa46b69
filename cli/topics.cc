#include "cli/topics.h"

#include <algorithm>
#include <vector>

#include "cli/columns.h"
#include "reactor/endpoint_settings.h"

namespace twx {
namespace {

constexpr std::string_view endpoints_summary = "how to say where to listen and where to connect";

std::string paragraph(std::string_view text) {
  std::string lines = "\n";
  for (auto const& line : wrapped(text, page_width)) lines += line + "\n";
  return lines;
}

Row row(EndpointForm const& form) {
  return {"  " + std::string(form.text), std::string(form.meaning)};
}

Row row(EndpointSetting const& setting) {
  Row row{"  " + std::string(setting.key), std::string(setting.meaning)};
  if (!setting.metavar.empty()) row.label.append("=").append(setting.metavar);
  if (setting.side == EndpointSetting::Side::client) row.text += "; of connect only";
  if (setting.side == EndpointSetting::Side::server) row.text += "; of serve only";
  if (setting.repeatable) row.text += "; may be repeated";
  return row;
}

std::string settings(EndpointSetting::Of of) {
  std::vector<Row> all, wanted;
  for (auto const& setting : endpoint_settings()) {
    all.push_back(row(setting));
    if (setting.of == of) wanted.push_back(all.back());
  }
  return columns(wanted, text_column(all));
}

std::string endpoints_text() {
  using Of = EndpointSetting::Of;
  std::vector<Row> forms;
  for (auto const& form : endpoint_forms()) forms.push_back(row(form));
  return "Endpoints: " + std::string(endpoints_summary) + "\n\n" +
         columns(forms, text_column(forms)) +
         paragraph(
             "Settings follow as in a URL: tcp://:9000?backlog=64. Quote them in a shell, for & "
             "divides them; inside a value write %26 for & and %25 for %, while + is a plus. Those "
             "of datagrams have none. All others, mode for unix sockets only:") +
         settings(Of::all) + settings(Of::unix) +
         "\nOf tls:// also these; what an endpoint says goes before the option of that name:\n" +
         settings(Of::tls) +
         "\nExamples:\n"
         "  twx serve echo 127.0.0.1:9000 [::1]:9000 unix:///run/echo.sock\n"
         "  twx serve echo 'tls://:9443?cert=server.pem&key=server.key' tcp://:9000\n"
         "  twx connect 'tls://localhost:9443?cacert=ca.pem&alpn=h2,http/1.1'\n"
         "  twx connect udp://localhost:9000\n"
         "\nSee also: twx help.\n";
}

constexpr Topic list[] = {{"endpoints", endpoints_summary, endpoints_text}};

}  // namespace

std::span<Topic const> topics() { return list; }

Topic const* find_topic(std::string_view name) {
  auto const* const found = std::ranges::find(list, name, &Topic::name);
  return found == std::end(list) ? nullptr : found;
}

}  // namespace twx

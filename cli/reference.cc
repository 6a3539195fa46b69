#include "cli/reference.h"

#include "cli/columns.h"
#include "cli/declared.h"
#include "cli/help.h"
#include "cli/option_groups.h"
#include "cli/program.h"
#include "cli/topics.h"

namespace twx {
namespace {

constexpr std::size_t line_width = 100;

// Outside of code Markdown and HTML give these a meaning; in a table a bar ends a cell.
std::string markdown_escaped(std::string_view text) {
  static constexpr std::string_view special = "\\`*_<>[]|#~";
  std::string out;
  for (char const c : text) {
    if (special.find(c) != special.npos) out += '\\';
    out += c;
  }
  return out;
}

// As code in a table.
std::string code(std::string_view text) {
  std::string out = "`";
  for (char const c : text) out.append(c == '|' ? "\\" : "").append(1, c);
  return out + "`";
}

std::string lines(std::string_view paragraph) {
  std::string text;
  for (auto const& line : wrapped(markdown_escaped(paragraph), line_width)) text += line + "\n";
  return text;
}

std::string prose(std::string_view manual) {
  std::string text;
  for (auto const paragraph : paragraphs(manual)) text += lines(paragraph) + "\n";
  return text;
}

std::string table(std::string_view heading, std::string_view meaning,
                  std::vector<Row> const& rows) {
  if (rows.empty()) return {};
  std::string text = "| " + std::string(heading) + " | " + std::string(meaning) + " |\n|---|---|\n";
  for (auto const& row : rows)
    text += "| " + row.label + " | " + markdown_escaped(row.text) + " |\n";
  return text + "\n";
}

std::string label(Option const& option) {
  if (option.positional()) return code(option.metavar + (option.repeatable ? "..." : ""));
  std::string text;
  for (auto const name : option.each_name()) text.append(text.empty() ? "" : ", ").append(name);
  return code(option.takes_value() ? text + " " + option.metavar : text);
}

std::string option_tables(std::vector<OptionGroup> const& groups) {
  std::string text;
  for (auto const& group : groups) {
    std::vector<Row> rows;
    rows.reserve(group.options.size());
    for (auto const* option : group.options) rows.push_back({label(*option), full_help(*option)});
    text += table(group.heading, "", rows);
  }
  return text;
}

std::string block(std::string_view language, std::string const& text) {
  return "```" + std::string(language) + "\n" + text + "```\n\n";
}

std::string examples(Options const& options) {
  std::string text;
  for (auto const& each : options.examples()) text += "# " + each.what + "\n" + each.command + "\n";
  return text.empty() ? text : block("sh", text);
}

// The options that all commands take stand at the end.
std::vector<OptionGroup> own_groups(Options const& options) {
  auto groups = option_groups(options);
  std::erase_if(groups, [](auto const& group) { return group.heading == common_heading; });
  return groups;
}

std::string command_section(Command const& command) {
  Declared const declared(command);
  auto const& options = declared.options;
  return "## twx " + std::string(command.path) + "\n\n" + lines(command.summary) + "\n" +
         block("", usage(command, options) + "\n") + prose(command.manual) + examples(options) +
         option_tables(own_groups(options));
}

std::string topic_section(Topic const& topic) {
  auto text = "## " + std::string(topic.name) + "\n\n" + lines(topic.summary) + "\n";
  for (auto& part : topic.parts()) {
    for (auto& row : part.rows) row.label = code(row.label);
    text += prose(part.prose) + table("", "", part.rows);
  }
  std::string shown;
  for (auto const example : topic.examples) shown.append(example).append("\n");
  return text + block("sh", shown);
}

std::string common_section() {
  Options options;
  CommonOptions common;
  declare_common(options, common);
  return "## Every command\n\n" + option_tables(option_groups(options));
}

std::string exit_status_section() {
  return "## Exit status\n\n" + table("status", "meaning", exit_status_rows());
}

}  // namespace

std::string reference(std::span<Command const* const> commands) {
  std::string text =
      "<!-- Made by ./dev docs from what the commands declare. -->\n# Reference of twx\n\n" +
      prose(abouts().front().manual);
  for (auto const* command : commands) text += command_section(*command);
  text += common_section();
  for (auto const& topic : topics()) text += topic_section(topic);
  text += exit_status_section();
  text.pop_back();
  return text;
}

}  // namespace twx

#include "cli/help.h"

#include <algorithm>
#include <vector>

#include "cli/columns.h"
#include "cli/option_groups.h"
#include "cli/program.h"
#include "cli/topics.h"

namespace twx {
namespace {

// "-v, --verbose", "    --idle-timeout TIME"; long names stand below each other.
std::string label(Option const& option) {
  if (option.positional()) return "  " + option.metavar + (option.repeatable ? "..." : "");
  std::string text;
  for (auto const name : option.each_name()) {
    if (text.empty()) {
      text = name.starts_with("--") ? "      " : "  ";
    } else {
      text += ", ";
    }
    text += name;
  }
  return option.takes_value() ? text + " " + option.metavar : text;
}

struct Section {
  std::string heading;
  std::vector<Row> rows;
};

std::vector<Section> sections(Options const& options) {
  std::vector<Section> all;
  for (auto const& group : option_groups(options)) {
    auto& section = all.emplace_back(Section{group.heading, {}});
    for (auto const* option : group.options)
      section.rows.push_back({label(*option), full_help(*option)});
  }
  return all;
}

std::string usage_line(std::string const& usage) {
  static constexpr std::string_view start = "Usage: ";
  std::string text;
  for (auto const& line : wrapped(usage, page_width - start.size())) {
    text.append(text.empty() ? start : "       ").append(line).append("\n");
  }
  return text;
}

// Each after an empty line.
std::string wrapped_paragraphs(std::string_view manual) {
  std::string text;
  for (auto const paragraph : paragraphs(manual)) {
    text += "\n";
    for (auto const& line : wrapped(paragraph, page_width)) text += line + "\n";
  }
  return text;
}

std::string exit_status_table() {
  auto rows = exit_status_rows();
  for (auto& row : rows) row.label.insert(0, "  ");
  return "\nExit status:\n" + columns(rows, text_column(rows));
}

std::string examples(Options const& options) {
  if (options.examples().empty()) return {};
  std::string text = "\nExamples:\n";
  for (auto const& example : options.examples()) {
    text += "  " + example.command + "\n";
    for (auto const& line : wrapped(example.what, page_width - 6)) text += "      " + line + "\n";
  }
  return text;
}

std::string see_also(Command const& command, Options const& options) {
  std::string const group(command.group());
  return "See also: " + std::string(takes_endpoints(options) ? "twx help endpoints, " : "") +
         (group.empty() ? "" : "twx help " + group + ", ") + "twx help.\n";
}

// What it is for, and the first steps.
std::string introduction(std::string_view group) {
  auto const about = std::ranges::find(abouts(), group, &About::group);
  if (about == abouts().end()) return "";
  auto text = "\n" + std::string(about->summary) + "\n\nExamples:\n";
  for (auto const example : about->examples) text.append("  ").append(example).append("\n");
  return text;
}

std::string topic_table() {
  std::vector<Row> rows;
  for (auto const& topic : topics())
    rows.push_back({"  " + std::string(topic.name), std::string(topic.summary)});
  return "\nTopics of 'twx help':\n" + columns(rows, text_column(rows));
}

}  // namespace

std::vector<Row> exit_status_rows() {
  std::vector<Row> rows;
  for (auto const& [status, meaning] : exit_statuses())
    rows.push_back({std::to_string(static_cast<int>(status)), std::string(meaning)});
  rows.push_back({"128+n", "ended by signal n"});
  return rows;
}

bool takes_endpoints(Options const& options) {
  return std::ranges::any_of(options.all(), [](Option const& option) {
    return option.positional() && (option.kind == Kind::endpoint || option.kind == Kind::host);
  });
}

std::string usage(Command const& command, Options const& options) {
  std::string text = "twx " + std::string(command.path);
  for (auto const& option : options.all()) {
    if (!option.positional()) continue;
    auto const name = option.metavar + (option.repeatable ? "..." : "");
    text += option.required ? " " + name : " [" + name + "]";
  }
  return text + " [OPTION]...";
}

std::string help_text(Command const& command, Options const& options) {
  auto text = usage_line(usage(command, options)) + "\n";
  for (auto const& line : wrapped(command.summary, page_width)) text += line + "\n";
  text += examples(options) + wrapped_paragraphs(command.manual);

  auto const all = sections(options);
  std::vector<Row> rows;
  for (auto const& section : all) rows.insert(rows.end(), section.rows.begin(), section.rows.end());
  auto const column = text_column(rows);
  for (auto const& section : all) {
    text += "\n" + section.heading + ":\n" + columns(section.rows, column);
  }
  return text +
         "\nExit status: 0 if all went well, 2 for a usage error; 'twx help' has the table.\n" +
         see_also(command, options);
}

std::string list_text(std::span<Command const* const> commands, std::string_view group) {
  std::vector<Row> rows;
  for (auto const* command : commands) {
    if (!group.empty() && command->group() != group) continue;
    auto const name = group.empty() ? command->path : command->name();
    rows.push_back({"  " + std::string(name), std::string(command->summary)});
  }
  std::string const what = group.empty() ? "COMMAND" : std::string(group) + " NAME";
  return usage_line("twx " + what + " [ARGUMENT]... [OPTION]...") + introduction(group) +
         (group.empty() ? "\nCommands:\n" : "\nNames:\n") + columns(rows, text_column(rows)) +
         "\n'twx help " + what + "' tells what one of them takes,\n'twx man " + what +
         "' shows its page of the manual.\n" +
         (group.empty() ? topic_table() + exit_status_table() : "");
}

}  // namespace twx

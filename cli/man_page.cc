#include "cli/man_page.h"

#include <algorithm>

#include "cli/columns.h"
#include "cli/help.h"
#include "cli/mdoc.h"
#include "cli/option_groups.h"
#include "cli/program.h"
#include "cli/topics.h"
#include "reactor/ascii.h"

namespace twx {
namespace {

// Of the manual as a whole, moved by hand: what is made twice must be the same.
constexpr char date[] = "November 21, 2026";

constexpr char endpoint_page[] = "twx-endpoint 7";

std::string upper(std::string text) {
  std::ranges::transform(text, text.begin(), ascii::upper);
  return text;
}

std::string head(ManPage const& page, std::string_view summary) {
  return ".\\\" Made by ./dev docs from what the commands declare.\n.Dd " + std::string(date) +
         "\n.Dt " + upper(page.name) + " " + std::to_string(page.section) +
         "\n.Os twx\n.Sh NAME\n.Nm " + page.name + "\n.Nd " + mdoc_words(summary) + "\n";
}

std::string section(std::string_view heading, std::string const& body) {
  return body.empty() ? "" : ".Sh " + upper(std::string(heading)) + "\n" + body;
}

std::string description(std::string_view manual) {
  std::string text;
  for (auto const paragraph : paragraphs(manual))
    text += (text.empty() ? "" : ".Pp\n") + mdoc_paragraph(paragraph);
  return text;
}

// With a full stop, which help leaves out.
std::string sentence(std::string_view text) { return mdoc_paragraph(std::string(text) + "."); }

std::string list(std::string const& items) {
  return items.empty() ? "" : ".Bl -tag -width Ds\n" + items + ".El\n";
}

// --- Options ---

std::string argument(Option const& option) {
  return "Ar " + mdoc_argument(option.metavar) + (option.repeatable ? " ..." : "");
}

std::string synopsis(Options const& options) {
  std::string text;
  for (auto const& option : options.all()) {
    if (option.positional()) text += (option.required ? "." : ".Op ") + argument(option) + "\n";
  }
  return text + ".Op Ar OPTION ...\n";
}

std::string names(Option const& option) {
  if (option.positional()) return argument(option);
  std::string text;
  for (auto const name : option.each_name())
    text.append(text.empty() ? "Fl " : " , Fl ").append(mdoc_argument(name.substr(1)));
  return option.takes_value() ? text + " Ar " + mdoc_argument(option.metavar) : text;
}

std::string item(Option const& option) {
  return ".It " + names(option) + "\n" + sentence(full_help(option));
}

std::string items(OptionGroup const& group) {
  std::string text;
  for (auto const* option : group.options) text += item(*option);
  return list(text);
}

// Arguments in a section of their own, the other groups under headings in one.
std::string option_sections(Options const& options) {
  std::string arguments, others;
  for (auto const& group : option_groups(options)) {
    if (group.options.front()->positional()) {
      arguments = items(group);
    } else {
      if (group.heading != "Options") others += ".Ss " + mdoc_words(group.heading) + "\n";
      others += items(group);
    }
  }
  return section("Arguments", arguments) + section("Options", others);
}

// --- What comes after ---

std::string example(Example const& example) {
  return (example.what.empty() ? "" : mdoc_paragraph(example.what + ":")) +
         mdoc_display(example.command);
}

std::string examples(std::span<Example const> all) {
  std::string text;
  for (auto const& each : all)
    text += (text.empty() || each.what.empty() ? "" : ".Pp\n") + example(each);
  return text;
}

// Those that speak for themselves.
std::string examples(std::span<std::string_view const> commands) {
  std::vector<Example> shown;
  for (auto const command : commands) shown.push_back({std::string(command), ""});
  return examples(shown);
}

// Each as "twx-serve 1".
std::string see_also(std::vector<std::string> pages) {
  auto const key = [](std::string const& page) { return page.back() + page; };
  std::ranges::sort(pages, {}, key);
  std::string text;
  for (auto const& page : pages) text += ".Xr " + page + (&page == &pages.back() ? "\n" : " ,\n");
  return section("See also", text);
}

std::string exit_status_section() {
  std::string rows;
  for (auto const& [status, meaning] : exit_status_rows())
    rows += ".It " + status + "\n" + sentence(meaning);
  return section("Exit status", ".Bl -tag -width 128+n -compact\n" + rows + ".El\n");
}

// --- Whole pages ---

std::string row(std::string const& label, std::string_view text) {
  return ".It " + label + "\n" + sentence(text);
}

// The commands that begin with the word `group`, or all.
std::string command_list(std::span<Command const* const> commands, std::string_view group) {
  std::string rows;
  for (auto const* command : commands) {
    if (group.empty() || command->group() == group)
      rows += row("Xr " + man_page_name(command->path) + " 1", command->summary);
  }
  return list(rows);
}

ManPage group_page(std::span<Command const* const> commands, About const& about) {
  ManPage page{man_page_name(about.group), 1, {}};
  page.text =
      head(page, about.summary) +
      section("Synopsis", ".Nm \"twx " + std::string(about.group) +
                              "\"\n.Ar NAME\n.Op Ar ARGUMENT ...\n.Op Ar OPTION ...\n") +
      section("Description", description(about.manual) + command_list(commands, about.group)) +
      section("Examples", examples(about.examples)) + see_also({"twx 1", endpoint_page});
  return page;
}

std::string common_options() {
  Options options;
  CommonOptions common;
  declare_common(options, common);
  std::string text;
  for (auto const& option : options.all()) text += item(option);
  return "All commands take these:\n" + list(text);
}

std::string environment() {
  std::string rows;
  for (auto const& [names, meaning] : environment_variables()) {
    std::string label = "Ev ";
    for (char const c : names) label.append(c == ',' ? " , Ev" : std::string_view(&c, 1));
    rows += row(label, meaning);
  }
  return list(rows);
}

// The first example of each command.
std::string one_example_each(std::span<Command const* const> commands) {
  std::vector<Example> all;
  for (auto const* command : commands) {
    Declared const declared(*command);
    if (!declared.options.examples().empty()) all.push_back(declared.options.examples().front());
  }
  return examples(all);
}

ManPage program_page(std::span<Command const* const> commands, About const& about) {
  ManPage page{"twx", 1, {}};
  page.text = head(page, about.summary) +
              section("Synopsis",
                      ".Nm\n.Ar COMMAND\n.Op Ar ARGUMENT ...\n.Op Ar OPTION ...\n.Nm\n.Cm help\n"
                      ".Op Ar COMMAND\n.Nm\n.Cm man\n.Op Ar COMMAND\n.Nm\n.Fl \\-version\n") +
              section("Description", description(about.manual)) +
              section("Commands", command_list(commands, "")) +
              section("Options", common_options()) + section("Environment", environment()) +
              exit_status_section() + section("Examples", one_example_each(commands)) +
              see_also({"libtwx 3", endpoint_page});
  return page;
}

std::string topic_body(Topic const& topic) {
  std::string text;
  for (auto const& part : topic.parts()) {
    std::string rows;
    for (auto const& each : part.rows) rows += row("Cm " + mdoc_argument(each.label), each.text);
    if (!part.prose.empty()) text += ".Pp\n" + mdoc_paragraph(part.prose);
    text += list(rows);
  }
  return text;
}

ManPage topic_page(Topic const& topic) {
  ManPage page{std::string(topic.page), 7, {}};
  page.text = head(page, topic.summary) + section("Description", topic_body(topic)) +
              section("Examples", examples(topic.examples)) +
              see_also({"twx 1", "twx-connect 1", "twx-serve 1"});
  return page;
}

}  // namespace

std::string man_page_name(std::string_view path) {
  auto name = path.empty() ? "twx" : "twx-" + std::string(path);
  std::ranges::replace(name, ' ', '-');
  return name;
}

ManPage man_page(Declared const& declared) {
  auto const& command = declared.command;
  auto const& options = declared.options;
  ManPage page{man_page_name(command.path), 1, {}};
  std::vector<std::string> others{"twx 1"};
  if (takes_endpoints(options)) others.emplace_back(endpoint_page);
  if (auto const group = command.group(); !group.empty())
    others.push_back(man_page_name(group) + " 1");
  page.text =
      head(page, command.summary) +
      section("Synopsis", ".Nm \"twx " + std::string(command.path) + "\"\n" + synopsis(options)) +
      section("Description", description(command.manual)) + option_sections(options) +
      section("Exit status",
              ".Ex -std twx\n.Xr twx 1\nhas the table of all values and their meaning.\n") +
      section("Examples", examples(options.examples())) + see_also(std::move(others));
  return page;
}

std::vector<ManPage> man_pages(std::span<Command const* const> commands) {
  std::vector<ManPage> all;
  for (auto const& about : abouts())
    all.push_back(about.group.empty() ? program_page(commands, about)
                                      : group_page(commands, about));
  for (auto const* command : commands) all.push_back(man_page(Declared(*command)));
  for (auto const& topic : topics()) all.push_back(topic_page(topic));
  return all;
}

}  // namespace twx

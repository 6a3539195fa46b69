#include "cli/completion_table.h"

#include <algorithm>
#include <utility>

#include "cli/declared.h"
#include "cli/dispatch.h"
#include "cli/topics.h"
#include "reactor/endpoint_settings.h"

namespace twx {
namespace {

using Commands = std::span<Command const* const>;

// "Use TLS 1.2 or 1.3" of "Use TLS 1.2 or 1.3; the peer's certificate ...": a line beside a name.
std::string first_clause(std::string_view help) {
  return std::string(help.substr(0, std::min(help.find("; "), help.find(" (default"))));
}

std::string value_of(Option const& option, bool forgiving) {
  if (option.choices.empty())
    return std::string(forgiving && !option.unset_name().empty() ? "no"
                                                                 : completion_name(option.kind));
  return "=" + joined(option.choices, ",");
}

CompletionRow row(Option const& option, bool forgiving) {
  return {option.names, value_of(option, forgiving), first_clause(option.help),
          option.repeatable || (forgiving && !option.positional())};
}

// The path joins those that have the same rows.
void add_rows(std::vector<CompletionRows>& all, std::string const& path,
              std::vector<CompletionRow> rows) {
  auto const same = std::ranges::find(all, rows, &CompletionRows::rows);
  if (same != all.end())
    same->paths.push_back(path);
  else
    all.push_back({{path}, std::move(rows)});
}

// Rows of the same commands become one.
std::vector<CompletionRows> merged(std::vector<CompletionRows> const& single) {
  std::vector<CompletionRows> all;
  for (auto const& each : single) {
    auto same = std::ranges::find(all, each.paths, &CompletionRows::paths);
    if (same == all.end()) same = all.insert(all.end(), {each.paths, {}});
    same->rows.insert(same->rows.end(), each.rows.begin(), each.rows.end());
  }
  return all;
}

void add_command(CompletionTable& table, Command const& command) {
  Declared const declared(command);
  auto const& options = declared.options;
  std::string path(command.path);
  std::ranges::replace(path, ' ', '/');
  std::vector<CompletionRow> arguments;
  for (auto const& option : options.all()) {
    auto each = row(option, options.is_forgiving());
    if (option.positional())
      arguments.push_back(std::move(each));
    else
      add_rows(table.options, path, {std::move(each)});
  }
  if (!arguments.empty()) add_rows(table.arguments, path, std::move(arguments));
}

// "echo, qotd".
std::string names_in(CompletionWords const& group) {
  std::string names;
  for (auto const& [word, summary] : group.words)
    names.append(names.empty() ? "" : ", ").append(word);
  return names;
}

// The first words of the commands, and those that follow each.
std::vector<CompletionWords> words_of(Commands commands) {
  std::vector<CompletionWords> all{{{""}, {}}};
  for (auto const* command : commands) {
    std::string const group(command->group());
    CompletionWord word{std::string(command->name()), std::string(command->summary)};
    auto const at = std::ranges::find(all, std::vector{group}, &CompletionWords::paths);
    if (at != all.end()) {
      at->words.push_back(std::move(word));
      continue;
    }
    all.front().words.push_back({group, ""});
    all.push_back({{group}, {std::move(word)}});
  }
  for (auto& word : all.front().words)
    for (auto const& group : all)
      if (group.paths.front() == word.word) word.summary = names_in(group);
  return all;
}

// "help" and the like stand before all that stands elsewhere by itself.
void add_words_before_paths(std::vector<CompletionWords>& all) {
  auto const plain = all.front().words;
  auto const groups = all.size();
  for (auto const& [word, summary] : words_before_paths()) {
    auto after = plain;
    for (auto const& topic : topics())
      after.push_back({std::string(topic.name), std::string(topic.summary)});
    for (std::size_t i = 1; i < groups; ++i)
      all[i].paths.push_back(std::string(word) + "/" + all[i].paths.front());
    all.front().words.push_back({std::string(word), std::string(summary)});
    all.push_back({{std::string(word)}, std::move(after)});
  }
}

}  // namespace

CompletionTable completion_table(Commands commands) {
  CompletionTable table;
  table.words = words_of(commands);
  add_words_before_paths(table.words);
  for (auto const* command : commands) add_command(table, *command);
  table.options = merged(table.options);
  for (auto const& form : endpoint_forms())
    if (auto const end = form.text.find("://"); end != form.text.npos)
      table.schemes.emplace_back(form.text.substr(0, end + 3));
  return table;
}

std::string_view completion_name(Kind kind) {
  switch (kind) {
    case Kind::flag: return "flag";
    case Kind::text:
    case Kind::count: break;
    case Kind::text_or_file:
    case Kind::file: return "file";
    case Kind::data: return "data";
    case Kind::folder: return "folder";
    case Kind::host: return "host";
    case Kind::host_port: return "host_port";
    case Kind::port: return "port";
    case Kind::endpoint: return "endpoint";
    case Kind::address: return "address";
    case Kind::interface: return "interface";
    case Kind::url: return "url";
    case Kind::time: return "time";
    case Kind::size: return "size";
  }
  return "text";
}

std::string joined(std::span<std::string const> words, std::string_view between) {
  std::string all;
  for (auto const& word : words) all.append(all.empty() ? "" : between).append(word);
  return all;
}

std::string shell_quoted(std::string_view text) {
  std::string quoted = "'";
  for (auto const c : text) quoted += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return quoted + "'";
}

}  // namespace twx

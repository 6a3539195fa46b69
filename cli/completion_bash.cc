// For bash 4.3 or later, with nothing of the package bash-completion.
#include "cli/columns.h"
#include "cli/completion.h"

namespace twx {
namespace {

constexpr char head[] = R"shell(# bash completion of twx, printed by: twx completion bash

# What can follow the path $1, such as serve/echo: `next` are words that go on, `takes` options with
# the kind of their value, `arguments` the kinds of what stands for itself, the last with a star if
# there may be more.
_twx_table() {
  next=() takes=() arguments=()
  case $1 in
)shell";

constexpr char body[] = R"shell(  esac
}

# The kind of value that the option $1 wants in the next word: --cert, or the q of -vq.
_twx_wanted() {
  local each i letter
  wanted=
  if [[ $1 == --* ]]; then
    for each in "${takes[@]}"; do
      [[ $each != "$1="* || $each == *=no ]] || wanted=${each#*=}
    done
    return
  fi
  for ((i = 1; i < ${#1}; i++)); do
    letter=-${1:i:1}
    for each in "${takes[@]}"; do
      [[ $each == "$letter="* && $each != *=no ]] || continue
      ((i + 1 < ${#1})) || wanted=${each#*=}
      return
    done
  done
}

# Offers those words behind $1 that go on with the rest of what was typed.
_twx_words() {
  local head=$1 each
  shift
  for each; do
    [[ $head$each != "$typed"* ]] || COMPREPLY+=("$head$each")
  done
}

# Offers files, or with -d folders, where the text $2 ends.
_twx_files() {
  local head=$2 each
  compopt -o filenames
  while IFS= read -r each; do
    COMPREPLY+=("$head$each")
  done < <(compgen "$1" -- "${typed#"$head"}")
}

_twx_hosts() {
  local names name
  hosts=()
  while read -r names _; do
    [[ $names != [#@\|]* ]] || continue
    while IFS= read -r -d , name; do
      [[ $name != \[*\]:* ]] || name=${name%]:*} name=${name#[}
      [[ -z $name || $name == *[\*\?\!]* ]] || hosts+=("$name")
    done <<<"$names,"
  done 2>/dev/null <"$HOME/.ssh/known_hosts"
  while read -r _ names; do
    read -ra names <<<"${names%%#*}"
    hosts+=("${names[@]}")
  done 2>/dev/null </etc/hosts
}

_twx_ports() {
  local name
  ports=()
  while read -r name _; do
    [[ -z $name || $name == \#* ]] || ports+=("$name")
  done 2>/dev/null </etc/services
}

_twx_interfaces() {
  local each
  interfaces=()
  for each in /sys/class/net/*/; do
    each=${each%/}
    interfaces+=("${each##*/}")
  done
}

# A host, or behind its colon a port.
_twx_host_port() {
  local hosts ports
  if [[ ${typed#"$1"} == *:* ]]; then
    _twx_ports
    _twx_words "${typed%:*}:" "${ports[@]}"
  else
    _twx_hosts
    _twx_words "$1" "${hosts[@]}"
  fi
}

# A number with a unit.
_twx_units() {
  [[ ! $typed =~ ^[0-9.]+ ]] || _twx_words "${BASH_REMATCH[0]}" "$@"
}

# Fills COMPREPLY with what a value of the kind $1 can be, where `typed` is its beginning.
_twx_value() {
  local hosts ports interfaces scheme=
  case $1 in
    =*)
      local choices
      IFS=, read -ra choices <<<"${1#=}"
      _twx_words '' "${choices[@]}"
      ;;
    file) _twx_files -f '' ;;
    folder) _twx_files -d '' ;;
    data) [[ $typed != *@* ]] || _twx_files -f "${typed%%@*}@" ;;
    host) _twx_hosts && _twx_words '' "${hosts[@]}" ;;
    host_port) _twx_host_port '' ;;
    port) _twx_ports && _twx_words '' "${ports[@]}" ;;
    interface) _twx_interfaces && _twx_words '' "${interfaces[@]}" ;;
    address)
      read -ra hosts < <(hostname -I 2>/dev/null)
      _twx_words '' 127.0.0.1 ::1 "${hosts[@]}"
      ;;
    time) _twx_units ms s m h ;;
    size) _twx_units k M G ;;
    endpoint | url)
      [[ $typed != *://* ]] || scheme=${typed%%://*}://
      case $typed in
        unix*://*) _twx_files -f "$scheme" ;;
        /* | ./*) _twx_files -f '' ;;
        *) _twx_host_port "$scheme" ;;
      esac
      [[ $scheme || $typed == *:* ]] || _twx_schemes "$1"
      ;;
  esac
}

_twx_schemes() {
  case $1 in
    url) _twx_words '' http:// https:// ;;
    *) _twx_words '' )shell";

constexpr char tail[] = R"shell( ;;
  esac
  [[ ${COMPREPLY[*]} != *:// ]] || compopt -o nospace
}

_twx_options() {
  local each
  for each in "${takes[@]}"; do
    _twx_words '' "${each%%=*}"
    # A flag can be taken back, but few want to.
    [[ $typed == --no-* && $each == --*=no ]] || continue
    each=${each%=no}
    [[ $each == --no-* ]] || _twx_words '' "--no-${each#--}"
  done
}

# The words up to the cursor as twx will see them, in `all`: bash divides them at = and : too.
_twx_split() {
  local word spaces rest=${COMP_LINE:0:COMP_POINT}
  all=()
  for word in "${COMP_WORDS[@]:0:COMP_CWORD + 1}"; do
    spaces=${rest%%[![:space:]]*}
    rest=${rest#"$spaces"}
    [[ $rest == "$word"* ]] || word=$rest
    rest=${rest#"$word"}
    if [[ $spaces || ${#all[@]} == 0 ]]; then
      all+=("$word")
    else
      all[${#all[@]} - 1]+=$word
    fi
  done
}

_twx() {
  local all typed next takes arguments path='' wanted='' word ended='' breaks
  local -i i=1 count=0 last
  COMPREPLY=()
  _twx_split
  last=$((${#all[@]} - 1))
  typed=${all[last]}
  typed=${typed//\\/}
  typed=${typed#[\"\']}
  _twx_table ''
  while ((i < last && ${#next[@]})); do
    path+=${path:+/}${all[i++]}
    _twx_table "$path"
  done
  if ((${#next[@]})); then
    [[ $typed != -* ]] || next=(--help)
    [[ $typed != -* || $path ]] || next+=(--version)
    _twx_words '' "${next[@]}"
  else
    for word in "${all[@]:i:last - i}"; do
      if [[ $wanted ]]; then
        wanted=
      elif [[ $ended || $word != -?* ]]; then
        count+=1
      elif [[ $word == -- ]]; then
        ended=1
      else
        _twx_wanted "$word"
      fi
    done
    if [[ $wanted ]]; then
      _twx_value "$wanted"
    elif [[ ! $ended && $typed == --*=* ]]; then
      _twx_wanted "${typed%%=*}"
      breaks=${typed%%=*}=
      typed=${typed#*=}
      _twx_value "$wanted"
      COMPREPLY=("${COMPREPLY[@]/#/$breaks}")
      typed=$breaks$typed
    elif [[ ! $ended && $typed == -* ]]; then
      _twx_options
    elif ((count < ${#arguments[@]})); then
      _twx_value "${arguments[count]%'*'}"
    elif ((${#arguments[@]})) && [[ ${arguments[${#arguments[@]} - 1]} == *'*' ]]; then
      word=${arguments[${#arguments[@]} - 1]}
      _twx_value "${word%'*'}"
    fi
  fi
  # readline replaces only what stands behind the last of these, and an @ with it.
  breaks=${COMP_WORDBREAKS//[^=:@]/}
  [[ -n $breaks ]] || return
  typed=${typed%"${typed##*["$breaks"]}"}
  COMPREPLY=("${COMPREPLY[@]#"${typed%@}"}")
}

complete -F _twx twx
)shell";

// The paths as a pattern of case.
std::string pattern(std::vector<std::string> const& paths) {
  std::string text;
  for (auto const& line : wrapped(joined(paths, " | "), page_width))
    text += (text.empty() ? "    " : " \\\n      ") + line;
  return (paths.front().empty() ? "    ''" : text) + ")";
}

std::string branch(std::vector<std::string> const& paths, std::string_view array,
                   std::vector<std::string> const& words) {
  auto text = pattern(paths) + "\n      " + std::string(array) + "+=(";
  std::string_view between;
  for (auto const& line : wrapped(joined(words, " "), page_width)) {
    text.append(between).append(line);
    between = "\n        ";
  }
  return text + ") ;;&\n";
}

void add_words(std::vector<std::string>& words, CompletionRow const& row) {
  for (std::string_view rest = row.names; !rest.empty();) {
    auto const end = std::min(rest.find(','), rest.size());
    std::string word(rest.substr(0, end));
    // -v is not taken back, so that only --verbose says that it is.
    bool const bare = row.value == "flag" || (row.value == "no" && !word.starts_with("--"));
    if (!bare) word += "=" + row.value;
    words.push_back(row.value.starts_with('=') ? shell_quoted(word) : word);
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
}

}  // namespace

std::string bash_completion(CompletionTable const& table) {
  std::string text = head;
  for (auto const& [paths, all] : table.words) {
    std::vector<std::string> words;
    words.reserve(all.size());
    for (auto const& [word, summary] : all) words.push_back(word);
    text += branch(paths, "next", words);
  }
  for (auto const& [paths, rows] : table.arguments) {
    std::vector<std::string> kinds;
    kinds.reserve(rows.size());
    for (auto const& row : rows)
      kinds.push_back(shell_quoted(row.value + (row.repeatable ? "*" : "")));
    text += branch(paths, "arguments", kinds);
  }
  for (auto const& [paths, rows] : table.options) {
    std::vector<std::string> words;
    for (auto const& row : rows) add_words(words, row);
    text += branch(paths, "takes", words);
  }
  return text + body + joined(table.schemes, " ") + tail;
}

}  // namespace twx

// For zsh 5.0 or later. What zsh itself knows about hosts, ports, interfaces and files is used.
#include "cli/columns.h"
#include "cli/completion.h"

namespace twx {
namespace {

constexpr char head[] = R"shell(#compdef twx
# zsh completion of twx, printed by: twx completion zsh

# What can follow the path $1, such as serve/echo: `next` are words that go on, `takes` what the
# command takes, each with its kind of value and its help; a star is before what may be repeated.
_twx_table() {
  next=() takes=()
  case $1 in
)shell";

constexpr char body[] = R"shell(  esac
}

# Number with a unit.
_twx_units() {
  compset -P '[0-9.]##' && compadd "$@"
}

# A host, or behind its colon a port.
_twx_host_port() {
  if compset -P '*:'; then
    _ports
  else
    _hosts -S ''
  fi
}

_twx_endpoint() {
  local ret=1
  if compset -P 'unix*://'; then
    _files
  elif [[ $PREFIX == (.|)/* ]]; then
    _files
  elif compset -P '*://'; then
    _twx_host_port
  else
    _twx_host_port && ret=0
    [[ -n $IPREFIX ]] || compadd -S '' -- "$@" && ret=0
    return ret
  fi
}

# A file behind an @.
_twx_data() {
  compset -P '*@' && _files
}

_twx_address() {
  local -a own
  own=(127.0.0.1 ::1 ${=$(hostname -I 2>/dev/null)})
  compadd -a own
}

# The specification of _arguments for a value of the kind $1; the help is $2. A space before a
# function keeps the options of compadd from it.
_twx_action() {
  case $1 in
    \=*) REPLY="(${1[2,-1]//,/ })" ;;
    file) REPLY=_files ;;
    folder) REPLY='_path_files -/' ;;
    host) REPLY=_hosts ;;
    host_port) REPLY=' _twx_host_port' ;;
    port) REPLY=_ports ;;
    interface) REPLY=_net_interfaces ;;
    address) REPLY=' _twx_address' ;;
    data) REPLY=' _twx_data' ;;
    time) REPLY=' _twx_units ms s m h' ;;
    size) REPLY=' _twx_units k M G' ;;
    url) REPLY=' _twx_endpoint http\:// https\://' ;;
    endpoint) REPLY=' _twx_endpoint )shell";

constexpr char tail[] = R"shell(' ;;
    *) REPLY=' ' ;;
  esac
  REPLY=":${2//:/\\:}:$REPLY"
}

# Makes `specs` of `takes`, in the words of _arguments.
_twx_specs() {
  local names value help name REPLY star others shown
  local -a all
  for names value help in "${takes[@]}"; do
    star=${(M)names#\*}
    all=(${(s:,:)names#\*})
    if [[ $all[1] != -* ]]; then
      _twx_action $value $help
      specs+=("$star$REPLY")
      continue
    fi
    shown=${${help//\[/\\[}//\]/\\]}
    others=$star
    [[ -n $star ]] || others="(${all//:/\\:})"
    for name in $all; do
      case $value in
        flag | no) specs+=("$others${name//:/\\:}[$shown]") ;;
        *)
          _twx_action $value $help
          [[ $name == --* ]] && name+='=' || name+='+'
          specs+=("$others${name//:/\\:}[$shown]$REPLY")
          ;;
      esac
    done
    # A flag can be taken back, but few want to.
    [[ $value == no && $PREFIX == --no-* && $all[-1] == --* && $all[-1] != --no-* ]] &&
      specs+=("*--no-${all[-1]#--}[Not $all[-1]]")
  done
}

_twx() {
  local curcontext=$curcontext where=
  local -a next takes specs
  local -i at=2
  _twx_table ''
  while (( at < CURRENT && $#next )); do
    where+=${where:+/}$words[at++]
    _twx_table $where
  done
  if (( $#next )); then
    if [[ $PREFIX == -* ]]; then
      next=('--help:print help and end')
      [[ -n $where ]] || next+=('--version:print versions and end')
    fi
    _describe -t commands 'command of twx' next
    return
  fi
  _twx_specs
  words=(twx "${(@)words[at,-1]}")
  (( CURRENT -= at - 2 ))
  _arguments -s -S : $specs
}

if [[ $funcstack[1] == _twx ]]; then
  _twx "$@"
else
  compdef _twx twx
fi
)shell";

std::string branch(std::vector<std::string> const& paths, std::string_view array,
                   std::string const& lines) {
  std::string text;
  for (auto const& line : wrapped(joined(paths, " | "), page_width))
    text += (text.empty() ? "    " : " \\\n      ") + line;
  if (paths.front().empty()) text = "    ''";
  return text + ")\n      " + std::string(array) + "+=(\n" + lines + "      ) ;|\n";
}

}  // namespace

std::string zsh_completion(CompletionTable const& table) {
  std::string text = head;
  for (auto const& [paths, words] : table.words) {
    std::string lines;
    for (auto const& [word, summary] : words)
      lines += "    " + shell_quoted(std::string(word).append(":").append(summary)) + "\n";
    text += branch(paths, "next", lines);
  }
  for (auto const* const all : {&table.arguments, &table.options})
    for (auto const& [paths, rows] : *all)
      text += branch(paths, "takes", completion_lines(rows, shell_quoted));
  text += body;
  // A colon has a meaning where these stand.
  for (auto const& scheme : table.schemes)
    text += (&scheme == table.schemes.data() ? "" : " ") + scheme.substr(0, scheme.size() - 3) +
            "\\://";
  return text + tail;
}

}  // namespace twx

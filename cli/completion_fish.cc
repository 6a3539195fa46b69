// For fish 3.1 or later. What fish itself knows about hosts, interfaces and files is used.
#include "cli/completion.h"

namespace twx {
namespace {

constexpr char head[] = R"shell(# fish completion of twx, printed by: twx completion fish

# The path of the words before the cursor, serve/echo for "twx serve echo 9000"; then the others.
function __twx_words
    set -l words (commandline -opc)[2..-1]
    set -l path
    while contains -- "$path" $__twx_ways; and set -q words[1]
        set path (string join / $path $words[1])
        set -e words[1]
    end
    string join \n -- "$path" $words
end

function __twx_at
    set -l words (__twx_words)
    contains -- "$words[1]" $argv
end

# Whether the cursor is at that argument, from 1 on, or later: __twx_argument NUMBER LATER PATH...
function __twx_argument
    set -l words (__twx_words)
    contains -- "$words[1]" $argv[3..-1]
    or return 1
    set -l path $words[1]
    set -l count 1
    set -l wanted no
    set -l ended no
    for word in $words[2..-1]
        if test $wanted = yes
            set wanted no
        else if test $ended = yes; or not string match -q -- '-?*' $word
            set count (math $count + 1)
        else if test "$word" = --
            set ended yes
        else if __twx_wants $path $word
            set wanted yes
        end
    end
    test $count -eq $argv[1]; or test $argv[2] = yes -a $count -gt $argv[1]
end

# Whether the option has its value in the next word: --cert, or the q of -vq.
function __twx_wants -a path word
    if string match -q -- '--*' $word
        contains -- "$path $word" $__twx_valued
        return
    end
    set -l letters (string split '' -- (string sub -s 2 -- $word))
    for i in (seq (count $letters))
        if contains -- "$path -$letters[$i]" $__twx_valued
            test $i -eq (count $letters)
            return
        end
    end
    return 1
end

function __twx_port
    string match -r '^[a-zA-Z0-9][^\s#]*' </etc/services | sort -u
end

function __twx_host
    __fish_print_hostnames
    string replace -rf '^[^#\s]+\s+([^#]*).*' '$1' </etc/hosts | string split -n ' '
end

function __twx_host_port
    set -l typed (string replace -r '^--?[^=]*=' '' -- (commandline -ct))
    if set -l place (string match -r '^(?:[a-z-]*://)?[^:/]*:(?!//)' -- $typed)
        printf '%s\n' $place(__twx_port)
    else
        printf '%s\n' (string match -r '^[a-z-]*://' -- $typed; or echo '')(__twx_host)
    end
end

function __twx_interface
    __fish_print_interfaces
end

function __twx_address
    printf '%s\n' 127.0.0.1 ::1 (string split -n ' ' -- (hostname -I 2>/dev/null))
end

function __twx_folder
    __fish_complete_directories (string replace -r '^--?[^=]*=' '' -- (commandline -ct)) ''
end

# A file behind an @.
function __twx_data
    set -l typed (string replace -r '^--[^=@]*=' '' -- (commandline -ct))
    if set -l parts (string match -r '^([^@]*@)(.*)' -- $typed)
        printf '%s\n' $parts[2](__fish_complete_path $parts[3] | string replace -r '\t.*' '')
    end
end

function __twx_file
    __fish_complete_path (string replace -r '^--?[^=]*=' '' -- (commandline -ct)) ''
end

function __twx_endpoint
    set -l typed (string replace -r '^--?[^=]*=' '' -- (commandline -ct))
    if set -l parts (string match -r '^(unix[a-z-]*://)(.*)' -- $typed)
        printf '%s\n' $parts[2](__fish_complete_path $parts[3] | string replace -r '\t.*' '')
    else if string match -qr '^\.?/' -- $typed
        __fish_complete_path $typed
    else
        __twx_host_port
        string match -q '*:*' -- $typed
        or printf '%s\n' )shell";

constexpr char middle[] = R"shell(
    end
end

function __twx_url
    __twx_host_port
    string match -q '*:*' -- (commandline -ct)
    or printf '%s\n' http:// https://
end

# A number with a unit.
function __twx_unit
    set -l number (string match -r '[0-9.]+$' -- (commandline -ct))
    and printf '%s\n' $number$argv
end

function __twx_time
    __twx_unit ms s m h
end

function __twx_size
    __twx_unit k M G
end

# Words that go on: __twx_next PATHS WORD SUMMARY ...
function __twx_next
    set -l paths (string split , -- $argv[1])
    set -ga __twx_ways $paths
    set -e argv[1]
    while set -q argv[1]
        complete -c twx -n "__twx_at "(string join ' ' -- (string escape -- $paths)) -a $argv[1] -d $argv[2]
        set -e argv[1..2]
    end
end

# What commands take: __twx_takes PATHS NAMES VALUE HELP ...
function __twx_takes
    set -l paths (string split , -- $argv[1])
    set -l at "__twx_at "(string escape -- $paths | string join ' ')
    set -l number 0
    set -e argv[1]
    while set -q argv[1]
        set -l names (string split , -- (string replace -r '^\*' '' -- $argv[1]))
        set -l options
        switch $argv[2]
            case flag no text
            case '=*'
                set options -a (string sub -s 2 -- $argv[2] | string replace -a , ' ')
            case '*'
                set options -a "(__twx_$argv[2])"
        end
        if not string match -q -- '-*' $names[1]
            set number (math $number + 1)
            set -l later (string match -q '\**' -- $argv[1]; and echo yes; or echo no)
            set -l argument "__twx_argument $number $later "(string escape -- $paths | string join ' ')
            set -q options[1]
            and complete -c twx -n $argument $options
        else
            contains -- $argv[2] flag no
            or set -ga __twx_valued $paths' '{$names}
            contains -- $argv[2] flag no
            or set -a options -x
            for name in $names
                switch $name
                    case '--*'
                        set -a options -l (string sub -s 3 -- $name)
                    case '*'
                        set -a options -s (string sub -s 2 -- $name)
                end
            end
            complete -c twx -n $at -d $argv[3] $options
            # A flag can be taken back, but few want to.
            set -l name (string match -r -- '^--(?!no-)(.*)' $names[-1])[2]
            test "$argv[2]" = no -a -n "$name"
            and complete -c twx -n "$at; and string match -q -- '--no-*' (commandline -ct)" -l no-$name
        end
        set -e argv[1..3]
    end
end

complete -c twx -e
complete -c twx -f
complete -c twx -n '__twx_at $__twx_ways' -s h -l help -d 'Print help and end'
complete -c twx -n '__twx_at ""' -s V -l version -d 'Print versions and end'
set -g __twx_ways
set -g __twx_valued
)shell";

std::string quoted(std::string_view text) {
  std::string made = "'";
  for (auto const c : text) made += (c == '\'' || c == '\\' ? "\\" : "") + std::string(1, c);
  return made + "'";
}

std::string call(std::string_view function, std::vector<std::string> const& paths,
                 std::string_view lines) {
  auto text = std::string(function) + " " + quoted(joined(paths, ",")) + "\n";
  text += lines;
  // Each line goes on with the next.
  for (auto at = text.find('\n'); at + 1 < text.size(); at = text.find('\n', at + 3))
    text.insert(at, " \\");
  return text;
}

}  // namespace

std::string fish_completion(CompletionTable const& table) {
  auto text = head + joined(table.schemes, " ") + middle;
  for (auto const& [paths, words] : table.words) {
    std::string lines;
    for (auto const& [word, summary] : words) lines += "    " + word + " " + quoted(summary) + "\n";
    text += call("__twx_next", paths, lines);
  }
  for (auto const* const all : {&table.arguments, &table.options})
    for (auto const& [paths, rows] : *all)
      text += call("__twx_takes", paths, completion_lines(rows, quoted));
  return text;
}

}  // namespace twx

// Text in mdoc(7), the language of manual pages, such that it is printed as it is here.
#pragma once

#include <string>
#include <string_view>

namespace twx {

// Part of a line of running text. What a typesetter would make prettier stays ASCII, and what
// begins with a hyphen can be copied from the page to a shell.
std::string mdoc_escaped(std::string_view text);

// One argument of a macro.
std::string mdoc_argument(std::string_view text);

// All words of `text` as arguments of a macro, which prints what is no argument as well.
std::string mdoc_words(std::string_view text);

// A paragraph: each sentence begins a line, and no line is long.
std::string mdoc_paragraph(std::string_view text);

// `line` as it is, indented, in a block of its own.
std::string mdoc_display(std::string_view line);

}  // namespace twx

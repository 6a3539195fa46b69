// The variables of -w: curl 7.88's names and formats.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "clients/fetch_result.h"

namespace twx {

// What %{name} stands for; the case of `name` does not matter. Nothing if there is no such
// variable, and "" or 0 where the transfer did not come so far. Times are in seconds with six
// decimals, rates in bytes per second. Beside curl's there is num_retries.
std::optional<std::string> fetch_variable(std::string_view name, FetchResult const&);

// %{json}: one object, with curl's keys in curl's order. curl_version tells twx's.
std::string fetch_variables_json(FetchResult const&);

// %{header_json}: the fields of the last head by name, in lower case; the values of fields of one
// name stand together in an array.
std::string fetch_fields_json(FetchResult const&);

// `time` in seconds, with six decimals.
std::string seconds_text(Duration time);

}  // namespace twx

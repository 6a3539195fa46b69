// What a file is called that is named by its URL (-O) or by the server (-J).
#pragma once

#include <optional>
#include <string>

#include "protocols/http.h"
#include "protocols/http_url.h"

namespace twx {

// -O: what follows the last slash (or backslash) of the URL's path, percent signs as they are. A
// dot in front is the user's own wish. Fails with Error::cannot_write where nothing is left, or "."
// or "..": curl's "Remote file name has no length".
Result<std::string> name_from_url(HttpUrl const&);
// -J: the name that the answer gives, if it is safe: see safe_file_name. To be opened with
// OutputPlan::How::exclusive, or no_clobber, and never otherwise (CVE-2020-8177).
std::optional<std::string> name_from_head(HttpHead const&);
// `name` in the folder of --output-dir, which may be empty; an absolute name too, as curl has it.
std::string in_folder(std::string const& folder, std::string const& name);
// --skip-existing: whether there is something of that name, if only a link that leads nowhere.
bool is_there(std::string const& path);

}  // namespace twx

#include "clients/output_name.h"

#include <sys/stat.h>

#include "protocols/content_disposition.h"

namespace twx {

Result<std::string> name_from_url(HttpUrl const& url) {
  auto const path = url.target.substr(0, url.target.find('?'));
  auto name = path.substr(path.find_last_of("/\\") + 1);
  if (!name.empty() && name != "." && name != "..") return name;
  return Failure::with_message(Error::cannot_write,
                               "the URL ends without a file name; say one with -o");
}

std::optional<std::string> name_from_head(HttpHead const& head) {
  auto const* const value = head.fields.find("Content-Disposition");
  auto const name = value ? disposition_name(*value) : std::nullopt;
  return name ? safe_file_name(*name) : std::nullopt;
}

std::string in_folder(std::string const& folder, std::string const& name) {
  return folder.empty() ? name : folder + "/" + name;
}

bool is_there(std::string const& path) {
  struct stat status{};
  return lstat(path.c_str(), &status) == 0;
}

}  // namespace twx

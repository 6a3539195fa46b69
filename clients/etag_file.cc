#include "clients/etag_file.h"

#include <sys/stat.h>

#include <fstream>

#include "clients/output_file.h"
#include "reactor/visible.h"

namespace twx {

Result<std::string> read_etag(std::string const& path, bool may_be_missing) {
  struct stat status{};
  auto const missing = stat(path.c_str(), &status) != 0 && errno == ENOENT;
  std::string etag;
  if (!missing || !may_be_missing) {
    std::ifstream file(path, std::ios::binary);
    if (file) std::getline(file, etag);
    if (!file && !file.eof())
      return Failure::with_message(Error::cannot_read,
                                   path + ": " + Failure::from_errno().message());
  }
  auto const clean = trimmed(std::string_view(etag).substr(0, etag.find('\r')));
  return clean.empty() ? std::string("\"\"") : std::string(clean);
}

Result<void> save_etag(std::string const& path, HttpHead const& head) {
  auto const* const etag = head.fields.find("ETag");
  if (!etag && head.status == 304) return {};
  OutputFile file({.path = path});
  auto const open = file.open();
  if (!open) return open.failure();
  auto line = etag ? *etag + "\n" : std::string();
  if (file.terminal()) line = etag ? escaped(*etag) + "\n" : "";
  if (!*open) return file.failure(ENXIO);
  auto const written = file.write(bytes(line));
  if (!written) return written.failure();
  if (*written < line.size()) return file.failure(EAGAIN);
  return file.close(std::nullopt);
}

}  // namespace twx

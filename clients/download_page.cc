#include "clients/download_page.h"

#include <limits>
#include <utility>

#include "clients/download_file.h"
#include "clients/page_request.h"
#include "protocols/http_words.h"
#include "reactor/ascii.h"

namespace twx {
namespace {

struct Download {
  std::string path;
  bool partial;
  std::uint64_t have;  // bytes that are not asked for
  std::uint64_t most;
};

std::optional<std::uint64_t> number_of(std::string_view text) {
  std::uint64_t number = 0;
  return parse_number(text, number) ? std::optional(number) : std::nullopt;
}

// Where a 206 begins: "bytes 5-9/10" (RFC 9110, section 14.4).
std::optional<std::uint64_t> range_begin(HttpFields const& fields) {
  auto range = fields.value("Content-Range");
  if (!starts_with_word(range, "bytes ")) return std::nullopt;
  range.remove_prefix(6);
  return number_of(range.substr(0, range.find('-')));
}

// A 416 tells the size: "bytes */10".
bool was_whole(HttpFields const& fields, std::uint64_t have) {
  auto const range = fields.value("Content-Range");
  return starts_with_word(range, "bytes */") && number_of(range.substr(8)) == have;
}

Failure bad_status(HttpHead const& head) {
  return Failure::with_message(
      HttpError::status, "the server answered " + std::to_string(head.status) + ' ' + head.reason);
}

DownloadFile::Mode mode_of(Download const& download, HttpHead const& head) {
  if (head.status == 206) {
    if (download.have == 0 || range_begin(head.fields) != download.have)
      throw FailureException(Failure::with_message(
          HttpError::malformed, "the server sent another part than was asked for"));
    return DownloadFile::Mode::append;
  }
  if (head.status / 100 != 2) throw FailureException(bad_status(head));
  return download.partial || !is_replaceable(download.path) ? DownloadFile::Mode::truncate
                                                            : DownloadFile::Mode::replace;
}

Deferred<Page> into_file(Response response, Download download) {
  auto page = detail::page_of(response);
  if (response.head.status == 416 && download.have > 0 &&
      was_whole(response.head.fields, download.have))
    co_return page;
  DownloadFile file(download.path, mode_of(download, response.head));
  auto delivered = read_body(response, file, download.most);
  co_await std::move(delivered);
  file.keep();
  co_return page;
}

}  // namespace

Deferred<Page> download_page(Reactor& reactor, std::string url, std::string path,
                             DownloadOptions options) {
  auto& page = options.page;
  auto const have = options.partial ? file_size(path) : 0;
  if (options.partial) page.decode = false;
  if (have > 0) page.fields.push_back({"Range", "bytes=" + std::to_string(have) + '-'});
  Download download{std::move(path), options.partial, have,
                    page.most.value_or(std::numeric_limits<std::uint64_t>::max())};
  return detail::request_page(reactor, std::move(url), std::move(page),
                              [download = std::move(download)](Response response) {
                                return into_file(std::move(response), download);
                              });
}

}  // namespace twx

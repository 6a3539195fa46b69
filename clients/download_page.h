// Public. download_page: a page into a file.
//
//   auto page = co_await download_page(reactor, "https://example.org/a.iso", "a.iso");
#pragma once

#include <string>

#include "clients/get_page.h"

namespace twx {

// For one download.
struct DownloadOptions {
  PageOptions page = {};  // the request and its limits
  // Goes on with a file that is there: asks for what follows by Range, and appends a 206 that
  // begins there. Another success replaces the file; a 416 that tells its size is a file that was
  // whole. What has come stays when the download fails, so that the next one goes on. Content
  // codings are not undone: Range counts the bytes of the coded body.
  bool partial = false;
};

// Fires as get_page does, when the body is in the file; the page is without it. Memory is bounded:
// each piece is written before the next is read, in the reactor's thread. A file appears, or is
// replaced, only when it is whole; until then it is PATH.N.part, removed if the download fails.
// What is there and is no plain file (a symbolic link, a pipe, /dev/null) is written to as it is,
// and so is the file with `partial`.
//
// Fails as get_page does, with HttpError::status for another status than 2xx, HttpError::malformed
// for a part that was not asked for, and Error::cannot_write; then the file is as it was, unless
// `partial` is set.
Deferred<Page> download_page(Reactor& reactor, std::string url, std::string path,
                             DownloadOptions options = DownloadOptions());

}  // namespace twx

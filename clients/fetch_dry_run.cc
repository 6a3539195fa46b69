#include "clients/fetch_dry_run.h"

#include <charconv>

#include "clients/fetch_login.h"
#include "clients/fetch_request.h"

namespace twx {
namespace {

using Write = std::function<void(Bytes)>;

// As HttpBodySender frames it (RFC 9112, section 7.1).
void write_chunk(Bytes piece, Write const& write) {
  char size[20];
  auto const end = std::to_chars(size, std::end(size) - 2, piece.size(), 16).ptr;
  end[0] = '\r';
  end[1] = '\n';
  write(bytes(std::string_view(size, end + 2)));
  write(piece);
  write(bytes("\r\n"));
}

void write_body(HttpRequest const& request, Write const& write) {
  if (!request.body || !request.body->rewind()) return;
  auto const chunked = request.fields.lists("Transfer-Encoding", "chunked");
  for (;;) {
    auto const piece = request.body->read().value();
    if (!piece || piece->empty()) break;
    chunked ? write_chunk(*piece, write) : write(*piece);
  }
  if (chunked) write(bytes("0\r\n\r\n"));
}

HttpRequest request_on(HttpRoute const& route, FetchSet& set, FetchCookies const& cookies,
                       HttpUrl const& url, std::string const& upload) {
  auto const all = [] { return memory_body(fetch_input("-").value()); };
  auto const plan = fetch_body(set.options, upload, all).value();
  auto request = fetch_request(set.options, url, plan, !upload.empty()).value();
  FetchLogin login(set.options, set.netrc ? &*set.netrc : nullptr, set.digests);
  login.add(request, url, true).value();
  return on_route(route, url, cookies.with_cookies(std::move(request), url, set.options));
}

}  // namespace

Result<void> dry_run(FetchSet& set, FetchCookies const& cookies, std::string const& text,
                     std::string const& upload, Write const& write) {
  auto const url = fetch_url(set.options, text, upload);
  if (!url) return url.failure();
  auto route = route_to(*url, set.route_for(*url));
  if (!route) return route.failure();
  auto const request = request_on(*route, set, cookies, *url, upload);
  auto const head = head_of(request);
  if (!head) return head.failure();
  if (route->tunnel) write(bytes(head_of(route->tunnel_request()).value()));
  write(bytes(*head));
  write_body(request, write);
  return {};
}

}  // namespace twx

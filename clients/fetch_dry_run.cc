#include "clients/fetch_dry_run.h"

#include "clients/etag_file.h"
#include "clients/fetch_input.h"
#include "clients/fetch_login.h"
#include "clients/fetch_request.h"
#include "clients/output_name.h"
#include "clients/resume.h"
#include "protocols/http_chunks.h"

namespace twx {
namespace {

using Write = std::function<void(Bytes)>;

// Standard input, which is sent as it comes: nobody knows then how long it is.
class InputBody final : public HttpBody {
 public:
  explicit InputBody(std::string content) : body_(memory_body(std::move(content))) {}
  std::optional<std::uint64_t> size() const override { return std::nullopt; }
  Result<std::optional<Bytes>> read() override { return body_->read(); }
  bool rewind() override { return body_->rewind(); }

 private:
  std::shared_ptr<HttpBody> body_;
};

void write_chunk(Bytes piece, Write const& write) {
  write(bytes(chunk_head(piece.size())));
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

// Where -C goes on with a file, or with what is written to standard output.
std::uint64_t resume_offset(FetchOptions const& options, HttpUrl const& url,
                            FetchTransfer::Target const& target) {
  auto const& output = target.output;
  if (options.resume != "-" || !output || output->path == "-") return told_offset(options.resume);
  auto const name = output->remote_name ? name_from_url(url).value() : output->path;
  return size_so_far(in_folder(options.directory, name)).value();
}

HttpRequest request_on(HttpRoute const& route, FetchSet& set, FetchCookies const& cookies,
                       HttpUrl const& url, FetchTransfer::Target const& target) {
  auto const& options = set.options;
  auto const uploads = !target.upload.empty();
  auto const all = [] { return std::make_shared<InputBody>(fetch_input("-").value()); };
  auto const plan = fetch_body(options, target.upload, all).value();
  auto request = fetch_request(options, url, plan, uploads);
  if (auto const from = uploads ? 0 : resume_offset(options, url, target); from > 0)
    request.fields.push_back({"Range", range_from(from)});
  if (!options.etag_compare.empty())
    request.fields.push_back(
        {"If-None-Match", read_etag(options.etag_compare, !options.etag_save.empty()).value()});
  FetchLogin login(options, set.netrc ? &*set.netrc : nullptr, set.digests);
  login.add(request, url, true).value();
  cookies.add(request, url, options);
  return on_route(route, url, std::move(request));
}

void show(FetchSet& set, FetchCookies const& cookies, FetchTransfer::Target const& target,
          Write const& write) {
  auto const url = fetch_url(set.options, target.url, target.upload).value();
  auto const route = route_to(url, set.route_for(url)).value();
  auto const request = request_on(route, set, cookies, url, target);
  auto const head = head_of(request).value();
  if (route.tunnel) write(bytes(head_of(route.tunnel_request()).value()));
  write(bytes(head));
  write_body(request, write);
}

}  // namespace

Result<void> dry_run(FetchSet& set, FetchCookies const& cookies,
                     FetchTransfer::Target const& target, Write const& write) try {
  show(set, cookies, target, write);
  return {};
} catch (FailureException const& failed) {
  return failed.failure();
}

}  // namespace twx

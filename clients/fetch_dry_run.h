// --dry-run: the bytes that twx fetch would send for a URL, up to the first answer.
#pragma once

#include <functional>

#include "clients/fetch_cookies.h"
#include "clients/fetch_set.h"
#include "clients/fetch_transfer.h"

namespace twx {

// Gives them to `write`: the CONNECT of a proxy, the request, its body as it would be framed.
// Fails as the fetching would before it connects. What `write` throws but a FailureException passes
// through.
Result<void> dry_run(FetchSet& set, FetchCookies const& cookies,
                     FetchTransfer::Target const& target, std::function<void(Bytes)> const& write);

}  // namespace twx

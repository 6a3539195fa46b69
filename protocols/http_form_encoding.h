// Internal to protocols/. How a part of a form may be encoded on its way (RFC 2045, section 6).
#pragma once

#include <memory>
#include <optional>
#include <string_view>

#include "protocols/http_body.h"
#include "protocols/http_form.h"

namespace twx {

// By its name in Content-Transfer-Encoding, in any letter case.
std::optional<FormEncoding> form_encoding(std::string_view name);
std::string_view name_of(FormEncoding);

// What `body` has, encoded. Base64 and quoted-printable in lines of 76 characters at most; the size
// of the latter is not known before its end. 7bit fails with Error::cannot_read where it meets
// another byte; binary and 8bit are the body itself.
std::shared_ptr<HttpBody> encoded_body(FormEncoding, std::shared_ptr<HttpBody> body);

}  // namespace twx

#include "protocols/idn.h"

#include <idn2.h>

#include <memory>
#include <new>

#include "protocols/http.h"

namespace twx {

Result<std::string> idn_to_ascii(std::string const& host) {
  char* name = nullptr;
  auto const code = idn2_to_ascii_8z(host.c_str(), &name, IDN2_NFC_INPUT | IDN2_NONTRANSITIONAL);
  std::unique_ptr<char, void (*)(void*)> const owner(name, idn2_free);
  if (code == IDN2_OK) return std::string(name);
  if (code == IDN2_MALLOC) throw std::bad_alloc();
  return Failure::with_message(HttpError::bad_url,
                               std::string("no name of a host: ") + idn2_strerror(code));
}

}  // namespace twx

#include "protocols/secret.h"

#include <openssl/crypto.h>

namespace twx {

// A short text lies in the object itself, and a longer one may have been shorter than its room.
void wipe(std::string& text) noexcept {
  text.resize(text.capacity());
  OPENSSL_cleanse(text.data(), text.size());
  text.clear();
}

}  // namespace twx

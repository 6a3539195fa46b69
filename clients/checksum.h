// --checksum: whether the bytes of a body are the expected ones.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "reactor/bytes.h"
#include "reactor/failure.h"

struct evp_md_st;      // EVP_MD
struct evp_md_ctx_st;  // EVP_MD_CTX

namespace twx {

class Checksum {
 public:
  // "sha256:HEX"; also sha512, sha384, sha224, sha1 and md5. Fails with std::errc::invalid_argument
  // and a text for a person.
  static Result<Checksum> parse(std::string_view text);

  void add(Bytes);
  // What a file holds already, for a body that goes on behind it. Reads all of it at once. Fails
  // with Error::cannot_read; a file that does not exist holds nothing.
  Result<void> add_file(std::string const& path);
  // From the start, for another attempt.
  void restart();
  // At the end, once. Fails with HttpError::wrong_checksum, which tells both.
  Result<void> check();

 private:
  struct Free {
    void operator()(evp_md_ctx_st*) const;
  };
  Checksum(evp_md_st const* sort, std::string name, std::string expected);

  evp_md_st const* sort_;
  std::string name_;
  std::string expected_;  // hexadecimal, in small letters
  std::unique_ptr<evp_md_ctx_st, Free> context_;
};

}  // namespace twx

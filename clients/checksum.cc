#include "clients/checksum.h"

#include <fcntl.h>
#include <openssl/evp.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <new>
#include <vector>

#include "protocols/http.h"
#include "reactor/ascii.h"
#include "reactor/descriptor.h"

namespace twx {
namespace {

constexpr std::size_t piece_size = 256 * 1024;  // of a file

struct Sort {
  std::string_view name;
  EVP_MD const* (*sort)();
};
constexpr std::array sorts = {Sort{"sha256", EVP_sha256}, Sort{"sha512", EVP_sha512},
                              Sort{"sha384", EVP_sha384}, Sort{"sha224", EVP_sha224},
                              Sort{"sha1", EVP_sha1},     Sort{"md5", EVP_md5}};

Failure bad(std::string message) {
  return Failure::with_message(std::make_error_code(std::errc::invalid_argument),
                               std::move(message));
}

Failure unreadable(std::string const& path) {
  return Failure::with_message(Error::cannot_read, path + ": " + Failure::from_errno().message());
}

// Only lack of memory makes OpenSSL's digests fail, or a policy that forbids one.
void require(int done) {
  if (done != 1) throw std::bad_alloc();
}

}  // namespace

void Checksum::Free::operator()(EVP_MD_CTX* context) const { EVP_MD_CTX_free(context); }

Checksum::Checksum(EVP_MD const* sort, std::string name, std::string expected)
    : sort_(sort),
      name_(std::move(name)),
      expected_(std::move(expected)),
      context_(EVP_MD_CTX_new()) {
  if (!context_) throw std::bad_alloc();
}

Result<Checksum> Checksum::parse(std::string_view text) {
  auto const colon = text.find(':');
  auto const name = lower_case(text.substr(0, colon));
  auto const* const found = std::ranges::find(sorts, name, &Sort::name);
  if (colon == text.npos || found == sorts.end())
    return bad("'" + std::string(text) +
               "' is no checksum; write sha256:HEX; sha512, sha384, sha224, sha1 and md5 are known "
               "as well");
  auto digits = lower_case(text.substr(colon + 1));
  auto const* const sort = found->sort();
  auto const size = 2 * static_cast<std::size_t>(EVP_MD_get_size(sort));
  if (digits.size() != size || digits.find_first_not_of(ascii::hex_digits) != digits.npos)
    return bad("a " + name + " has " + std::to_string(size) + " hexadecimal digits");
  Checksum checksum(sort, name, std::move(digits));
  if (EVP_DigestInit_ex(checksum.context_.get(), sort, nullptr) != 1)
    return bad(name + " is not to be had here");
  return checksum;
}

void Checksum::add(Bytes data) {
  require(EVP_DigestUpdate(context_.get(), data.data(), data.size()));
}

Result<void> Checksum::add_file(std::string const& path) {
  Descriptor const file(open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!file && errno == ENOENT) return {};
  if (!file) return unreadable(path);
  std::vector<std::byte> piece(piece_size);
  for (;;) {
    auto const count = read(file.get(), piece.data(), piece.size());
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return unreadable(path);
    if (count == 0) return {};
    add(std::span(piece).first(static_cast<std::size_t>(count)));
  }
}

void Checksum::restart() { require(EVP_DigestInit_ex(context_.get(), sort_, nullptr)); }

Result<void> Checksum::check() {
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned size = 0;
  require(EVP_DigestFinal_ex(context_.get(), digest.data(), &size));
  auto const real = ascii::hex(text(std::as_bytes(std::span(digest).first(size))));
  if (real == expected_) return {};
  return Failure::with_message(HttpError::wrong_checksum,
                               "the " + name_ + " is " + real + " instead of " + expected_);
}

}  // namespace twx

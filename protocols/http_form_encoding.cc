#include "protocols/http_form_encoding.h"

#include <algorithm>
#include <string>
#include <utility>

#include "protocols/base64.h"
#include "reactor/ascii.h"

namespace twx {
namespace {

constexpr std::size_t longest_line = 76;

struct KnownEncoding {
  FormEncoding encoding;
  std::string_view name;
};
constexpr KnownEncoding known_encodings[] = {{FormEncoding::binary, "binary"},
                                             {FormEncoding::eight_bit, "8bit"},
                                             {FormEncoding::seven_bit, "7bit"},
                                             {FormEncoding::base64, "base64"},
                                             {FormEncoding::quoted_printable, "quoted-printable"}};

std::size_t octet(char c) { return static_cast<unsigned char>(c); }

// Takes text in any pieces.
class Encoder {
 public:
  virtual ~Encoder() = default;
  // Adds what is certain by now to `out`; all of it with the last piece.
  virtual Result<void> put(std::string_view piece, bool last, std::string& out) = 0;
  // Of what `size` bytes come to.
  virtual std::optional<std::uint64_t> size_of(std::uint64_t size) const = 0;
  virtual void restart() = 0;
};

class SevenBit final : public Encoder {
 public:
  Result<void> put(std::string_view piece, bool, std::string& out) override {
    if (std::ranges::any_of(piece, [](char c) { return octet(c) > 0x7f; }))
      return Failure::with_message(Error::cannot_read, "a part of the form is not 7bit");
    out += piece;
    return {};
  }
  std::optional<std::uint64_t> size_of(std::uint64_t size) const override { return size; }
  void restart() override {}
};

class Base64 final : public Encoder {
 public:
  Result<void> put(std::string_view piece, bool last, std::string& out) override {
    in_ += piece;
    std::size_t done = 0;
    for (; in_.size() - done >= 3; done += 3) add(in_.substr(done, 3), out);
    in_.erase(0, done);
    if (last && !in_.empty()) add(std::exchange(in_, {}), out);
    return {};
  }
  std::optional<std::uint64_t> size_of(std::uint64_t size) const override {
    auto const digits = (size + 2) / 3 * 4;
    return digits == 0 ? 0 : digits + (digits - 1) / longest_line * 2;
  }
  void restart() override {
    in_.clear();
    column_ = 0;
  }

 private:
  // Three bytes, or the last ones.
  void add(std::string_view three, std::string& out) {
    if (std::exchange(column_, column_ % longest_line + 4) == longest_line) out += "\r\n";
    out += base64_encoded(three);
  }

  std::string in_;  // less than three bytes
  std::size_t column_ = 0;
};

class QuotedPrintable final : public Encoder {
 public:
  Result<void> put(std::string_view piece, bool last, std::string& out) override {
    in_ += piece;
    std::size_t done = 0;
    while (done < in_.size()) {
      auto const next = step(done, last);
      if (!next) break;
      out += next->text;
      column_ = next->text.ends_with('\n') ? 0 : column_ + next->text.size();
      done += next->taken;
    }
    in_.erase(0, done);
    return {};
  }
  std::optional<std::uint64_t> size_of(std::uint64_t size) const override {
    return size == 0 ? std::optional<std::uint64_t>(0) : std::nullopt;
  }
  void restart() override {
    in_.clear();
    column_ = 0;
  }

 private:
  struct Step {
    std::string text;
    std::size_t taken = 1;  // of the input
  };

  // Nothing where it depends on what is still to come.
  std::optional<Step> step(std::size_t at, bool last) const {
    auto const c = in_[at];
    auto const blank = c == ' ' || c == '\t';
    auto const end = blank ? line_ends(at + 1, last) : c == '\r' ? line_ends(at, last) : false;
    if (!end) return std::nullopt;
    if (c == '\r' && *end) return Step{"\r\n", 2};
    auto const plain = blank ? !*end : c > ' ' && c < '\x7f' && c != '=';
    Step step{plain ? std::string(1, c) : escaped(c)};
    auto full = column_ + step.text.size() > longest_line;
    if (column_ + step.text.size() == longest_line) {
      auto const ends = line_ends(at + 1, last);
      if (!ends) return std::nullopt;
      full = !*ends;
    }
    return full ? Step{"=\r\n", 0} : step;
  }
  std::optional<bool> line_ends(std::size_t at, bool last) const {
    if (at >= in_.size() && last) return true;
    if (at + 2 > in_.size()) return last ? std::optional(false) : std::nullopt;
    return std::string_view(in_).substr(at, 2) == "\r\n";
  }
  static std::string escaped(char c) {
    std::string text = "=";
    ascii::append_hex(text, c, ascii::capital_hex_digits);
    return text;
  }

  std::string in_;  // what depends on what comes next
  std::size_t column_ = 0;
};

class EncodedBody final : public HttpBody {
 public:
  EncodedBody(std::unique_ptr<Encoder> encoder, std::shared_ptr<HttpBody> body)
      : encoder_(std::move(encoder)), body_(std::move(body)) {
    body_->when_ready = [this] {
      if (when_ready) when_ready();
    };
  }
  ~EncodedBody() override { body_->when_ready = {}; }
  EncodedBody(EncodedBody const&) = delete;
  EncodedBody& operator=(EncodedBody const&) = delete;

  std::optional<std::uint64_t> size() const override {
    auto const size = body_->size();
    return size ? encoder_->size_of(*size) : std::nullopt;
  }
  Result<std::optional<Bytes>> read() override {
    while (given_ == encoded_.size() && !ended_) {
      encoded_.clear();
      given_ = 0;
      auto read = body_->read();
      if (!read) return read;
      auto const& piece = *read;
      if (!piece) return read;
      ended_ = piece->empty();
      if (auto const put = encoder_->put(text(*piece), ended_, encoded_); !put)
        return put.failure();
    }
    auto const piece = std::string_view(encoded_).substr(given_, piece_size);
    given_ += piece.size();
    return std::optional(bytes(piece));
  }
  bool rewind() override {
    encoder_->restart();
    encoded_.clear();
    given_ = 0;
    ended_ = false;
    return body_->rewind();
  }

 private:
  std::unique_ptr<Encoder> const encoder_;
  std::shared_ptr<HttpBody> const body_;
  std::string encoded_;
  std::size_t given_ = 0;  // of encoded_
  bool ended_ = false;
};

}  // namespace

std::optional<FormEncoding> form_encoding(std::string_view name) {
  for (auto const& known : known_encodings)
    if (same_word(name, known.name)) return known.encoding;
  return std::nullopt;
}

std::string_view name_of(FormEncoding encoding) {
  return std::ranges::find(known_encodings, encoding, &KnownEncoding::encoding)->name;
}

std::shared_ptr<HttpBody> encoded_body(FormEncoding encoding, std::shared_ptr<HttpBody> body) {
  std::unique_ptr<Encoder> encoder;
  if (encoding == FormEncoding::seven_bit) encoder = std::make_unique<SevenBit>();
  if (encoding == FormEncoding::base64) encoder = std::make_unique<Base64>();
  if (encoding == FormEncoding::quoted_printable) encoder = std::make_unique<QuotedPrintable>();
  if (!encoder) return body;
  return std::make_shared<EncodedBody>(std::move(encoder), std::move(body));
}

}  // namespace twx

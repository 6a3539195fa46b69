#include "protocols/content_decoder.h"

#define ZLIB_CONST  // its input is const then
#include <brotli/decode.h>
#include <zlib.h>
#include <zstd.h>
#include <zstd_errors.h>

#include <algorithm>
#include <array>
#include <span>
#include <utility>

#include "reactor/ascii.h"

namespace twx {
namespace {

using Block = std::span<std::byte>;

Failure broken() { return Failure(HttpError::bad_content_coding); }

std::uint8_t const* octets(Bytes data) {
  return reinterpret_cast<std::uint8_t const*>(data.data());
}
std::uint8_t* octets(Block block) { return reinterpret_cast<std::uint8_t*>(block.data()); }

}  // namespace

// One coding, between the one before and the one behind.
class ContentDecoder::Stage {
 public:
  virtual ~Stage() = default;
  // Takes from the front of `input` and says how much of `out` it has filled. If that is not all of
  // it, nothing more comes without more input.
  virtual Result<std::size_t> decode(Bytes& input, Block out) = 0;
  // Whether what came so far is complete.
  virtual bool whole() const = 0;

  Bytes input;        // in the block of the stage before
  bool full = false;  // the last block was: there may be more without input
  std::array<std::byte, block_size> block{};
};

// gzip (RFC 1952), zlib (RFC 1950) and what both are made of (RFC 1951).
class ContentDecoder::Zlib final : public Stage {
 public:
  enum class Format { gzip, deflate };
  explicit Zlib(Format format) : format_(format) {
    if (format == Format::gzip) open(16 + MAX_WBITS);
  }
  Zlib(Zlib const&) = delete;
  Zlib& operator=(Zlib const&) = delete;
  ~Zlib() override {
    if (open_) inflateEnd(&stream_);
  }

  Result<std::size_t> decode(Bytes& data, Block out) override {
    if (!open_ && !look_at_begin(data)) return 0;
    if (ended_ && data.empty()) return 0;
    if (ended_) {
      if (format_ != Format::gzip) return broken();
      inflateReset(&stream_);  // another member
      ended_ = false;
    }
    if (begin_given_ < begin_size_) {  // two bytes that fill no block
      Bytes begin = std::as_bytes(std::span(begin_).first(begin_size_)).subspan(begin_given_);
      auto const made = inflate_some(begin, out);
      begin_given_ = begin_size_ - begin.size();
      if (!made || *made > 0 || ended_) return made;
    }
    return inflate_some(data, out);
  }
  bool whole() const override { return ended_; }

 private:
  void open(int window_bits) {
    if (inflateInit2(&stream_, window_bits) != Z_OK) throw std::bad_alloc();
    open_ = true;
  }

  // Two bytes tell zlib's format from the bare one: there no encoder begins so.
  bool look_at_begin(Bytes& data) {
    while (begin_size_ < begin_.size() && !data.empty()) {
      begin_[begin_size_++] = static_cast<std::uint8_t>(data.front());
      data = data.subspan(1);
    }
    if (begin_size_ < begin_.size()) return false;
    auto const zlib = (begin_[0] & 15) == Z_DEFLATED && (begin_[0] * 256 + begin_[1]) % 31 == 0;
    open(zlib ? MAX_WBITS : -MAX_WBITS);
    return true;
  }

  Result<std::size_t> inflate_some(Bytes& data, Block out) {
    auto const given = std::min<std::size_t>(data.size(), 1 << 30);  // it counts in 32 bits
    stream_.next_in = octets(data);
    stream_.avail_in = static_cast<uInt>(given);
    stream_.next_out = octets(out);
    stream_.avail_out = static_cast<uInt>(out.size());
    auto const status = inflate(&stream_, Z_NO_FLUSH);
    if (status == Z_MEM_ERROR) return Failure::no_memory();
    if (status != Z_OK && status != Z_STREAM_END && status != Z_BUF_ERROR) return broken();
    ended_ = status == Z_STREAM_END;
    data = data.subspan(given - stream_.avail_in);
    return out.size() - stream_.avail_out;
  }

  Format const format_;
  z_stream stream_{};
  bool open_ = false;
  bool ended_ = false;
  std::array<std::uint8_t, 2> begin_{};
  std::size_t begin_size_ = 0;
  std::size_t begin_given_ = 0;
};

// RFC 7932.
class ContentDecoder::Brotli final : public Stage {
 public:
  Brotli() : state_(BrotliDecoderCreateInstance(nullptr, nullptr, nullptr)) {
    if (!state_) throw std::bad_alloc();
  }

  Result<std::size_t> decode(Bytes& data, Block out) override {
    auto left = data.size();
    auto const* next = octets(data);
    auto room = out.size();
    auto* to = octets(out);
    if (whole()) return left == 0 ? Result<std::size_t>(0) : broken();
    auto const status =
        BrotliDecoderDecompressStream(state_.get(), &left, &next, &room, &to, nullptr);
    if (status == BROTLI_DECODER_RESULT_ERROR) return failure();
    data = data.last(left);
    return out.size() - room;
  }
  bool whole() const override { return BrotliDecoderIsFinished(state_.get()) != 0; }

 private:
  struct Destroy {
    void operator()(BrotliDecoderState* state) const { BrotliDecoderDestroyInstance(state); }
  };
  Failure failure() const {
    auto const error = BrotliDecoderGetErrorCode(state_.get());
    auto const memory = error <= BROTLI_DECODER_ERROR_ALLOC_CONTEXT_MODES &&
                        error >= BROTLI_DECODER_ERROR_ALLOC_BLOCK_TYPE_TREES;
    return memory ? Failure::no_memory() : broken();
  }

  std::unique_ptr<BrotliDecoderState, Destroy> const state_;
};

// RFC 8878.
class ContentDecoder::Zstd final : public Stage {
 public:
  Zstd() : context_(ZSTD_createDCtx()) {
    if (!context_ ||
        ZSTD_isError(ZSTD_DCtx_setParameter(context_.get(), ZSTD_d_windowLogMax, window_bits)))
      throw std::bad_alloc();
  }

  Result<std::size_t> decode(Bytes& data, Block out) override {
    if (magic_size_ < magic_.size()) {
      if (!look_at_magic(data)) return 0;
      if (!known()) return broken();
      Bytes magic = std::as_bytes(std::span(magic_));
      if (auto const made = decode_some(magic, out); !made) return made;
    }
    return decode_some(data, out);
  }
  bool whole() const override { return magic_size_ == 0 && any_; }

 private:
  struct Free {
    void operator()(ZSTD_DCtx* context) const { ZSTD_freeDCtx(context); }
  };
  static constexpr int window_bits = 23;

  bool look_at_magic(Bytes& data) {
    while (magic_size_ < magic_.size() && !data.empty()) {
      magic_[magic_size_++] = static_cast<std::uint8_t>(data.front());
      data = data.subspan(1);
    }
    return magic_size_ == magic_.size();
  }
  // A frame, or one to be skipped. The library also knows older formats, and limits no window
  // there.
  bool known() const {
    std::uint32_t number = 0;
    for (auto const octet : {magic_[3], magic_[2], magic_[1], magic_[0]})
      number = number << 8 | octet;
    return number == ZSTD_MAGICNUMBER || (number & ~15U) == 0x184D2A50;
  }

  Result<std::size_t> decode_some(Bytes& data, Block out) {
    ZSTD_inBuffer from{data.data(), data.size(), 0};
    ZSTD_outBuffer to{out.data(), out.size(), 0};
    auto const status = ZSTD_decompressStream(context_.get(), &to, &from);
    if (ZSTD_isError(status)) {
      auto const memory = ZSTD_getErrorCode(status) == ZSTD_error_memory_allocation;
      return memory ? Failure::no_memory() : broken();
    }
    data = data.subspan(from.pos);
    if (status == 0) {  // the end of a frame
      magic_size_ = 0;
      any_ = true;
    }
    return to.pos;
  }

  std::unique_ptr<ZSTD_DCtx, Free> const context_;
  std::array<std::uint8_t, 4> magic_{};
  std::size_t magic_size_ = 0;
  bool any_ = false;
};

ContentDecoder::ContentDecoder(Sink sink) : sink_(std::move(sink)) {}
ContentDecoder::~ContentDecoder() = default;

Result<std::unique_ptr<ContentDecoder>> ContentDecoder::make(HttpFields const& fields, Sink sink) {
  std::unique_ptr<ContentDecoder> decoder(new ContentDecoder(std::move(sink)));
  std::size_t count = 0;
  for (auto const& [name, value] : fields) {
    if (!same_word(name, "Content-Encoding")) continue;
    std::string_view list = value;
    while (!list.empty()) {
      auto const coding = trimmed(take_until(list, ','));
      if (coding.empty()) continue;
      if (++count > most_codings)
        return Failure::with_message(HttpError::bad_content_coding,
                                     "too many content codings on each other");
      if (auto const added = decoder->add_stage(coding); !added) return added.failure();
    }
  }
  std::ranges::reverse(decoder->stages_);  // the last to be done is the first to be undone
  return decoder;
}

Result<void> ContentDecoder::add_stage(std::string_view coding) {
  if (same_word(coding, "identity")) return {};
  if (same_word(coding, "gzip") || same_word(coding, "x-gzip"))
    stages_.push_back(std::make_unique<Zlib>(Zlib::Format::gzip));
  else if (same_word(coding, "deflate"))
    stages_.push_back(std::make_unique<Zlib>(Zlib::Format::deflate));
  else if (same_word(coding, "br"))
    stages_.push_back(std::make_unique<Brotli>());
  else if (same_word(coding, "zstd"))
    stages_.push_back(std::make_unique<Zstd>());
  else
    return broken();
  return {};
}

Result<void> ContentDecoder::put(Bytes coded) {
  add(coded);
  for (;;) {
    auto const more = step();
    if (!more) return more.failure();
    if (!*more) return {};
  }
}

void ContentDecoder::add(Bytes coded) {
  if (coded.empty()) return;
  begun_ = true;
  if (used_ > 0 && used_ >= coded_.size() / 2) {
    coded_.erase(0, used_);
    used_ = 0;
  }
  coded_ += text(coded);
}

// The last coding that has work does it: so its block is empty when the one before fills its own.
Result<bool> ContentDecoder::step() {
  if (stages_.empty()) {
    if (!coded_.empty()) sink_(bytes(std::exchange(coded_, {})));
    return false;
  }
  for (auto i = stages_.size(); i-- > 0;) {
    auto& stage = *stages_[i];
    auto input = i == 0 ? unused() : stage.input;
    if (input.empty() && !stage.full) continue;
    auto const made = decode(stage, input);
    if (!made) return made.failure();
    if (i == 0)
      used_ = coded_.size() - input.size();
    else
      stage.input = input;
    auto const decoded = Bytes(stage.block).first(*made);
    if (i + 1 < stages_.size())
      stages_[i + 1]->input = decoded;
    else if (!decoded.empty())
      sink_(decoded);
    return true;
  }
  return false;
}

// One block. No library stands still while it has input, but if one did, it would be for ever.
Result<std::size_t> ContentDecoder::decode(Stage& stage, Bytes& input) {
  auto const before = input.size();
  auto made = stage.decode(input, stage.block);
  if (made && *made == 0 && before > 0 && input.size() == before) return broken();
  stage.full = made && *made == stage.block.size();
  return made;
}

Result<void> ContentDecoder::finish() {
  if (auto const rest = put({}); !rest) return rest.failure();
  auto const whole = std::ranges::all_of(stages_, [](auto const& each) { return each->whole(); });
  if (begun_ && !whole)
    return Failure::with_message(HttpError::bad_content_coding, "the coded body is cut off");
  return {};
}

}  // namespace twx

// Coded bodies whole, byte by byte and in pieces of seven; what is broken; what swells.
#include "protocols/content_decoder.h"

#include <brotli/encode.h>
#include <zlib.h>
#include <zstd.h>

#include <algorithm>
#include <memory>
#include <string>

#include "tests/support/catch.h"

namespace {

using namespace twx;

// --- the encoders of the libraries ---

std::uint8_t const* octets(std::string const& text) {
  return reinterpret_cast<std::uint8_t const*>(text.data());
}
std::uint8_t* octets(std::string& text) { return reinterpret_cast<std::uint8_t*>(text.data()); }

std::string zlib_coded(std::string plain, int window_bits) {
  z_stream stream{};
  REQUIRE(deflateInit2(&stream, 9, Z_DEFLATED, window_bits, 9, Z_DEFAULT_STRATEGY) == Z_OK);
  std::string coded(deflateBound(&stream, plain.size()), '\0');
  stream.next_in = octets(plain);
  stream.avail_in = static_cast<uInt>(plain.size());
  stream.next_out = octets(coded);
  stream.avail_out = static_cast<uInt>(coded.size());
  REQUIRE(deflate(&stream, Z_FINISH) == Z_STREAM_END);
  coded.resize(stream.total_out);
  deflateEnd(&stream);
  return coded;
}
std::string gzip(std::string const& plain) { return zlib_coded(plain, 16 + 15); }
std::string zlib(std::string const& plain) { return zlib_coded(plain, 15); }
std::string raw_deflate(std::string const& plain) { return zlib_coded(plain, -15); }

std::string br(std::string const& plain) {
  auto size = BrotliEncoderMaxCompressedSize(plain.size()) + 16;
  std::string coded(size, '\0');
  REQUIRE(BrotliEncoderCompress(5, 22, BROTLI_MODE_GENERIC, plain.size(), octets(plain), &size,
                                octets(coded)));
  coded.resize(size);
  return coded;
}

std::string zstd(std::string const& plain, int window_bits = 0) {
  std::unique_ptr<ZSTD_CCtx, decltype(&ZSTD_freeCCtx)> const context(ZSTD_createCCtx(),
                                                                     ZSTD_freeCCtx);
  ZSTD_CCtx_setParameter(context.get(), ZSTD_c_checksumFlag, 1);
  ZSTD_CCtx_setParameter(context.get(), ZSTD_c_windowLog, window_bits);
  std::string coded(ZSTD_compressBound(plain.size()) + 64, '\0');
  ZSTD_inBuffer in{plain.data(), plain.size(), 0};
  ZSTD_outBuffer out{coded.data(), coded.size(), 0};
  // Without telling the size first, so that the window is what is asked for.
  REQUIRE(!ZSTD_isError(ZSTD_compressStream2(context.get(), &out, &in, ZSTD_e_continue)));
  REQUIRE(ZSTD_compressStream2(context.get(), &out, &in, ZSTD_e_end) == 0);
  coded.resize(out.pos);
  return coded;
}

// --- the decoder ---

struct Outcome {
  std::string body;
  std::error_code error;
  bool operator==(Outcome const&) const = default;
};

HttpFields encoding(std::string value) { return {{"content-encoding", std::move(value)}}; }

Outcome decode(HttpFields const& fields, std::string_view coded, std::size_t piece) {
  Outcome outcome;
  auto decoder = ContentDecoder::make(fields, [&](Bytes data) {
    CHECK(!data.empty());
    outcome.body += text(data);
  });
  if (!decoder) return {"", decoder.failure().code()};
  for (; !coded.empty(); coded.remove_prefix(std::min(piece, coded.size()))) {
    auto const put = (*decoder)->put(bytes(coded.substr(0, piece)));
    if (!put) outcome.error = put.failure().code();
    if (!put) return outcome;
  }
  if (auto const ended = (*decoder)->finish(); !ended) outcome.error = ended.failure().code();
  return outcome;
}

// The same, however it is split; where it fails, something may have come before.
Outcome decode(HttpFields const& fields, std::string_view coded) {
  auto const whole = decode(fields, coded, coded.size() + 1);
  for (std::size_t const piece : {1, 7}) {
    INFO("pieces of " << piece);
    auto const split = decode(fields, coded, piece);
    CHECK(split.error == whole.error);
    if (!whole.error) CHECK(split.body == whole.body);
  }
  return whole;
}
Outcome decode(std::string const& codings, std::string_view coded) {
  return decode(encoding(codings), coded);
}

// Varied enough for no coding to make nothing of it, and longer than a block.
std::string long_text() {
  std::string text;
  for (unsigned i = 0; text.size() < 3 * ContentDecoder::block_size + 17; ++i)
    text += "line " + std::to_string(i * 2654435761U) + "\n";
  return text;
}

struct Coding {
  std::string name;
  std::string (*encode)(std::string const&);
};
Coding const codings[] = {
    {"gzip", gzip},           {"X-GZip", gzip}, {"deflate", zlib},
    {"deflate", raw_deflate}, {"br", br},       {"zstd", [](auto& text) { return zstd(text); }},
};

std::error_code const bad = HttpError::bad_content_coding;

TEST_CASE("Each coding gives back what went in", "[coding]") {
  for (auto const& coding : codings)
    for (auto const& plain : {std::string(), std::string("a"), long_text()}) {
      INFO(coding.name << " of " << plain.size());
      auto const got = decode(coding.name, coding.encode(plain));
      CHECK(!got.error);
      CHECK(got.body == plain);
    }
}

TEST_CASE("Identity, and no coding, pass everything on", "[coding]") {
  CHECK(decode("identity", "as it is") == Outcome{"as it is", {}});
  CHECK(decode(HttpFields{}, "as it is") == Outcome{"as it is", {}});
  CHECK(decode(" , ", "as it is") == Outcome{"as it is", {}});
}

TEST_CASE("An empty body is whole with any coding", "[coding]") {
  for (auto const& coding : codings) CHECK(decode(coding.name, "") == Outcome{});
}

TEST_CASE("What is cut off is broken, wherever it is cut", "[coding]") {
  for (auto const& coding : codings) {
    auto const coded = coding.encode("a short text, a short text");
    for (std::size_t size = 1; size < coded.size(); ++size) {
      INFO(coding.name << " " << size << " of " << coded.size());
      CHECK(decode(encoding(coding.name), coded.substr(0, size), size).error == bad);
    }
  }
}

TEST_CASE("What follows the end is broken", "[coding]") {
  for (auto const& coding : codings) {
    INFO(coding.name);
    auto const got = decode(coding.name, coding.encode("text") + "more, and more");
    CHECK(got.error == bad);
    CHECK(got.body == "text");
  }
}

TEST_CASE("Noise is broken", "[coding]") {
  for (auto const& coding : codings) {
    INFO(coding.name);
    CHECK(decode(coding.name, "\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff").error == bad);
  }
}

TEST_CASE("A wrong check sum is broken", "[coding]") {
  for (auto const& [name, coded] :
       {std::pair("gzip", gzip("text")), {"deflate", zlib("text")}, {"zstd", zstd("text")}}) {
    INFO(name);
    auto wrong = coded;
    auto& octet = wrong[wrong.size() - (name[0] == 'g' ? 6 : 1)];
    octet = static_cast<char>(octet ^ 1);
    CHECK(decode(name, wrong).error == bad);
  }
}

TEST_CASE("Members of gzip and frames of zstd follow each other", "[coding]") {
  CHECK(decode("gzip", gzip("one, ") + gzip("") + gzip("two")) == Outcome{"one, two", {}});
  auto const skipped = std::string("\x5a\x2a\x4d\x18\x03\0\0\0abc", 11);
  CHECK(decode("zstd", zstd("one, ") + skipped + zstd("two")) == Outcome{"one, two", {}});
}

TEST_CASE("Codings are undone from the last to the first, over all fields", "[coding]") {
  auto const text = long_text();
  CHECK(decode("gzip, br", br(gzip(text))).body == text);
  CHECK(decode({{"Content-Encoding", "deflate,zstd"}, {"X", "y"}, {"content-encoding", "br"}},
               br(zstd(zlib(text))))
            .body == text);
  CHECK(decode("br, gzip", br(gzip(text))).error == bad);
  CHECK(decode("gzip, br", br(gzip(text).substr(0, 100))).error == bad);
}

TEST_CASE("Five codings may be stacked, not six", "[coding]") {
  auto coded = std::string("text");
  for (int i = 0; i < 5; ++i) coded = gzip(coded);
  CHECK(decode("gzip,gzip,gzip,gzip,gzip", coded) == Outcome{"text", {}});
  CHECK(decode("gzip,gzip,gzip,gzip,gzip,gzip", gzip(coded)).error == bad);
  CHECK(decode({{"Content-Encoding", "gzip,gzip,gzip"}, {"Content-Encoding", "gzip,br,gzip"}}, "")
            .error == bad);
}

TEST_CASE("An unknown coding is none that can be undone", "[coding]") {
  for (auto const* const name : {"compress", "gzip, rot13", "gzip;q=1", "aes128gcm"})
    CHECK(decode(name, "text").error == bad);
}

TEST_CASE("zstd has a window of 8 MiB at most", "[coding]") {
  auto const text = long_text();
  CHECK(decode("zstd", zstd(text, 23)).body == text);
  CHECK(decode("zstd", zstd(text, 24)).error == bad);
}

TEST_CASE("The formats before zstd's first version are not read", "[coding]") {
  // One that the library would decode: an empty block of version 0.7.
  CHECK(decode("zstd", std::string("\x27\xb5\x2f\xfd\x00\x00\xc0\x00\x00", 9)).error == bad);
}

TEST_CASE("What swells is given in blocks, and a step is no more than one", "[coding]") {
  std::string const zeros(std::size_t{64} << 20, '\0');
  for (auto const& coding : codings) {
    INFO(coding.name);
    auto const coded = coding.encode(coding.encode(zeros));
    std::size_t total = 0;
    std::size_t greatest = 0;
    auto decoder = ContentDecoder::make(encoding(coding.name + "," + coding.name), [&](Bytes data) {
                     total += data.size();
                     greatest = std::max(greatest, data.size());
                   }).value();
    decoder->add(bytes(coded));
    CHECK(total == 0);
    for (;;) {
      auto const before = total;
      auto const more = decoder->step().value();
      if (total - before > ContentDecoder::block_size) FAIL("a step gave more than a block");
      if (!more) break;
    }
    CHECK(total == zeros.size());
    CHECK(greatest <= ContentDecoder::block_size);
    CHECK(decoder->finish());
  }
}

TEST_CASE("What the sink throws passes through", "[coding]") {
  auto decoder = ContentDecoder::make(encoding("gzip"), [](Bytes) { throw 7; }).value();
  CHECK_THROWS_AS(decoder->put(bytes(gzip("text"))), int);
}

}  // namespace

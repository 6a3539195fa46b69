#include "reactor/write_queue.h"

#include <cstdlib>
#include <memory>
#include <new>
#include <random>
#include <string>
#include <vector>

#include "tests/support/catch.h"

namespace {

std::size_t blocks_made = 0;

}  // namespace

// The blocks of a pool are what is asked for with an alignment.
[[gnu::noinline]] void* operator new(std::size_t size, std::align_val_t alignment) {
  auto const unit = static_cast<std::size_t>(alignment);
  ++blocks_made;
  if (void* at = std::aligned_alloc(unit, (size + unit - 1) / unit * unit)) return at;
  throw std::bad_alloc();
}
[[gnu::noinline]] void operator delete(void* at, std::align_val_t) noexcept { std::free(at); }
[[gnu::noinline]] void operator delete(void* at, std::size_t, std::align_val_t) noexcept {
  std::free(at);
}

namespace {

using namespace twx;

SharedBytes shared(std::string text) {
  return std::make_shared<std::string const>(std::move(text));
}

// A queue whose blocks go back to the pool at the end of a test.
struct Fixture {
  SegmentPool pool;
  WriteQueue queue;
  ~Fixture() { queue.clear(pool); }

  void append(std::string_view data) { queue.append(pool, bytes(data)); }
  // What the first `most` pieces hold.
  std::string gathered(int most = 4096) const {
    std::vector<iovec> pieces(static_cast<std::size_t>(most));
    auto const count = queue.gather(pieces.data(), most);
    std::string all;
    for (int i = 0; i < count; ++i) {
      auto const& piece = pieces[static_cast<std::size_t>(i)];
      all.append(static_cast<char const*>(piece.iov_base), piece.iov_len);
    }
    return all;
  }
  int pieces() const {
    std::vector<iovec> room(4096);
    return queue.gather(room.data(), 4096);
  }
};

TEST_CASE("A queue is empty at first and after all is consumed", "[write_queue]") {
  Fixture f;
  CHECK(f.queue.empty());
  CHECK(f.pieces() == 0);
  f.append("hello");
  CHECK_FALSE(f.queue.empty());
  CHECK(f.queue.size() == 5);
  f.queue.consume(f.pool, 5);
  CHECK(f.queue.empty());
  CHECK(f.pieces() == 0);
}

TEST_CASE("Small writes share a block and leave as one piece", "[write_queue]") {
  Fixture f;
  for (int i = 0; i < 100; ++i) f.append("0123456789");
  CHECK(f.queue.size() == 1000);
  CHECK(f.pieces() == 1);
}

TEST_CASE("Nothing appended is nothing", "[write_queue]") {
  Fixture f;
  f.append("");
  f.queue.append(f.pool, SharedBytes());
  f.queue.append(f.pool, shared(""));
  CHECK(f.queue.empty());
  CHECK(f.pieces() == 0);
}

TEST_CASE("A large write fills blocks to the brim", "[write_queue]") {
  Fixture f;
  f.append(std::string(10 * SegmentPool::block_size, 'x'));
  CHECK(f.pieces() == 11);  // each block also has the segment itself in it
  CHECK(f.gathered().size() == 10 * SegmentPool::block_size);
}

TEST_CASE("No more pieces are gathered than asked for, from the front", "[write_queue]") {
  Fixture f;
  for (auto const* text : {"a", "b", "c"}) f.queue.append(f.pool, shared(text));
  CHECK(f.gathered(2) == "ab");
  CHECK(f.gathered(0).empty());
}

TEST_CASE("A shared message is referred to, not copied", "[write_queue]") {
  Fixture f;
  auto const message = shared(std::string(100'000, 'm'));
  f.append("before");
  f.queue.append(f.pool, message);
  f.append("after");
  iovec pieces[8];
  REQUIRE(f.queue.gather(pieces, 8) == 3);
  CHECK(pieces[1].iov_base == message->data());
  CHECK(pieces[1].iov_len == message->size());
  CHECK(message.use_count() == 2);
}

TEST_CASE("A shared message that is sent in part is still not copied", "[write_queue]") {
  Fixture f;
  auto const message = shared("0123456789");
  f.queue.append(f.pool, message);
  f.queue.consume(f.pool, 4);
  iovec piece;
  REQUIRE(f.queue.gather(&piece, 1) == 1);
  CHECK(piece.iov_base == message->data() + 4);
  CHECK(piece.iov_len == 6);
}

TEST_CASE("A shared message is let go when it has been sent", "[write_queue]") {
  Fixture f;
  auto const message = shared("0123456789");
  f.queue.append(f.pool, message);
  f.queue.append(f.pool, message);
  CHECK(message.use_count() == 3);
  f.queue.consume(f.pool, 10);
  CHECK(message.use_count() == 2);
  f.queue.clear(f.pool);
  CHECK(message.use_count() == 1);
}

TEST_CASE("One message in many queues is one message", "[write_queue]") {
  SegmentPool pool;
  std::vector<WriteQueue> queues(50);
  auto const message = shared(std::string(1000, 'm'));
  for (auto& queue : queues) queue.append(pool, message);
  CHECK(message.use_count() == 51);
  for (auto& queue : queues) queue.clear(pool);
  CHECK(message.use_count() == 1);
}

TEST_CASE("What follows a shared message does not end up inside it", "[write_queue]") {
  Fixture f;
  auto const message = shared("shared");
  f.queue.append(f.pool, message);
  f.append("own");
  f.queue.append(f.pool, message);
  f.append("own");
  CHECK(f.gathered() == "sharedownsharedown");
  CHECK(*message == "shared");
}

TEST_CASE("Any order of appending and consuming keeps the bytes in order", "[write_queue]") {
  for (unsigned seed = 1; seed <= 20; ++seed) {
    std::minstd_rand random(seed);
    Fixture f;
    std::string model;
    auto const data = [&](std::size_t most) {
      std::string text(random() % most, '\0');
      for (auto& byte : text) byte = static_cast<char>(random() % 256);
      return text;
    };
    for (int step = 0; step < 300; ++step) {
      auto const kind = random() % 6;
      if (kind < 2) {
        auto const text = data(kind == 0 ? 50 : 40'000);
        f.append(text);
        model += text;
      } else if (kind == 2) {
        auto const text = data(30'000);
        f.queue.append(f.pool, shared(text));
        model += text;
      } else if (kind == 3) {
        f.queue.consume(f.pool, model.size());
        model.clear();
      } else {
        auto const count = random() % (model.size() + 1);
        f.queue.consume(f.pool, count);
        model.erase(0, count);
      }
      INFO("seed " << seed << ", step " << step);
      REQUIRE(f.queue.size() == model.size());
      REQUIRE(f.queue.empty() == model.empty());
      REQUIRE((f.gathered() == model));
    }
  }
}

TEST_CASE("Once warm, appending and consuming need no new blocks", "[write_queue]") {
  Fixture f;
  auto const text = std::string(50'000, 'x');
  auto const message = shared(text);
  auto const round = [&] {
    for (int i = 0; i < 10; ++i) {
      f.append("small");
      f.append(text);
      f.queue.append(f.pool, message);
      f.queue.consume(f.pool, 60'000);
    }
    f.queue.clear(f.pool);
  };
  round();
  auto const before = blocks_made;
  for (int i = 0; i < 20; ++i) round();
  CHECK(blocks_made == before);
}

TEST_CASE("What refers to a shared message is used again too", "[write_queue]") {
  SegmentPool pool;
  auto const message = shared("x");
  auto* const first = pool.share(message);
  pool.give_back(first);
  auto* const second = pool.share(message);
  CHECK(first == second);
  pool.give_back(second);
  CHECK(message.use_count() == 1);
}

TEST_CASE("A pool keeps some blocks for later, not any number", "[write_queue]") {
  SegmentPool pool;
  WriteQueue queue;
  auto const fill = [&] {
    auto const before = blocks_made;
    queue.append(pool, bytes(std::string(400 * SegmentPool::block_size, 'x')));
    return blocks_made - before;
  };
  auto const needed = fill();
  CHECK(needed > 400);
  queue.clear(pool);
  CHECK(fill() == needed - 128);
  queue.clear(pool);
}

}  // namespace

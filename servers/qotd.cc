// Quote of the Day Protocol, RFC 865: each client gets one quote; what it sends is ignored.
#include <algorithm>

#include "reactor/log.h"
#include "servers/quotes.h"
#include "servers/serve.h"

namespace twx {
namespace {

class QuoteOfTheDay final : public ServedProtocol {
 public:
  QuoteOfTheDay(std::shared_ptr<ServeOptions> options, std::shared_ptr<Quotes const> quotes)
      : ServedProtocol(std::move(options)), quotes_(std::move(quotes)) {}

 private:
  void admitted(std::uint64_t) override {
    if (auto quote = quotes_->next())
      transport().write(*quote + "\r\n");
    else
      log(Level::error, quote.failure().message());
    transport().lose_connection();
  }

  std::shared_ptr<Quotes const> quotes_;
};

Action declare(Options& options) {
  auto const serving = declare_serve(options);
  auto const quotes = std::make_shared<Quotes>();
  options.group("");
  options.option("--quote", "TEXT", quotes->text, "Serve TEXT (default: an apple a day)");
  options.option("--fortune", "FILE", quotes->files,
                 "Serve a random entry of a fortune file, read anew for each client; of a random "
                 "one if given several times",
                 Kind::file);
  options.check([quotes] {
    auto const unnamed = std::ranges::count(quotes->files, "") > 0;
    return unnamed ? "--fortune needs the name of a file, not an empty one" : "";
  });
  options.check([quotes] {
    return quotes->text && !quotes->files.empty() ? "--quote and --fortune exclude each other" : "";
  });
  options.example("twx serve qotd 8007 --quote 'configurable quote'", "One quote for everybody");
  options.example("twx serve qotd 8007 --fortune /usr/share/games/fortunes/fortunes",
                  "A random entry each time");
  return [serving, quotes](Reactor& reactor) -> Outcome {
    if (auto readable = quotes->check(); !readable)
      return {ExitStatus::read_failed, readable.failure().message()};
    return serve(reactor, "serve qotd", serving, factory_for<QuoteOfTheDay>(serving, quotes));
  };
}

}  // namespace

extern constinit Command const serve_qotd{
    "serve qotd", "send a quote and close",
    "Sends each client one quote, ended by CR LF, and closes the connection (RFC 865). Entries of "
    "a fortune file are divided by lines that hold a single percent sign; it is a regular file of "
    "at most 64 MiB.",
    declare};

}  // namespace twx

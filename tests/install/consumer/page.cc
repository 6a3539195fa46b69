// A page that cannot be had.
#include <twx/clients/get_page.h>

#include <cstdio>

int main() {
  auto const reactor = twx::make_reactor();
  auto const said =
      twx::get_page(*reactor, "http://127.0.0.1:1/")
          .add_callback([](twx::Page const& page) { std::puts(page.body.c_str()); })
          .add_errback([](twx::Failure const& why) { std::puts(why.message().c_str()); })
          .add_callback([&] { reactor->stop(); });
  reactor->run();
}
